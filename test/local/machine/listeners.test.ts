import * as net from "node:net";
import { once } from "node:events";
import { expect } from "chai";
import {
  blocks,
  holderOf,
  openSockets,
  parseListening,
  portTakenMessage,
} from "../../../local/machine/listeners.ts";
import { firstTaken } from "../../../local/machine/port-conflicts.ts";

const header =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const row = (local: string, state: string, inode: string) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0`;

describe("parseListening()", () => {
  it("reads listening IPv4 sockets and leaves connected ones out", () => {
    const table = [header, row("0100007F:1388", "0A", "11"), row("0100007F:1389", "01", "12")].join("\n");
    expect(parseListening(table)).to.deep.equal([{ address: "127.0.0.1", port: 5000, inode: "11" }]);
  });

  it("reads the wildcard and IPv4 addresses out of an IPv6 table", () => {
    const any = `${"0".repeat(32)}:0050`;
    const mapped = "0000000000000000FFFF00000100007F:0051";
    const table = [header, row(any, "0A", "1"), row(mapped, "0A", "2")].join("\n");
    expect(parseListening(table).map(({ address, port }) => `${address} ${port}`)).to.deep.equal([
      ":: 80",
      "127.0.0.1 81",
    ]);
  });
});

describe("blocks()", () => {
  const wanted = { address: "127.0.0.1", port: 5000 };

  it("counts the same address and a wildcard, at the same port only", () => {
    expect(blocks({ address: "127.0.0.1", port: 5000 }, wanted)).to.equal(true);
    expect(blocks({ address: "0.0.0.0", port: 5000 }, wanted)).to.equal(true);
    expect(blocks({ address: "::", port: 5000 }, wanted)).to.equal(true);
    expect(blocks({ address: "10.0.0.1", port: 5000 }, wanted)).to.equal(false);
    expect(blocks({ address: "127.0.0.1", port: 5001 }, wanted)).to.equal(false);
  });
});

describe("a taken port", () => {
  it("is reported with the part, the port, the process and what to type", () => {
    const message = portTakenMessage(
      "registry",
      { address: "127.0.0.1", port: 5000 },
      { pid: 7, command: "nginx" },
    );
    expect(message).to.equal(
      "Cannot start registry as port 5000 on 127.0.0.1 is taken: it is held by pid 7 (nginx). " +
        "Stop it (kill 7), then type: npm run local -- up",
    );
  });

  it("is reported although its process cannot be seen", () => {
    const message = portTakenMessage("registry", { address: "0.0.0.0", port: 5000 }, undefined);
    expect(message).to.contain("a process that is not visible from here").and.to.contain("port 5000");
  });

  it("is found on the machine, with the process that holds it", async () => {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    try {
      const parts = [{ name: "other" }, { name: "mine", listens: [{ address: "127.0.0.1", port }] }];
      const taken = firstTaken(parts, openSockets());
      expect(taken).to.include({ part: "mine" });
      expect(taken === undefined ? undefined : holderOf(taken.socket)?.pid).to.equal(process.pid);
    } finally {
      server.close();
    }
  });
});
