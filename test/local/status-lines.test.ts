import { expect } from "chai";
import { elapsed } from "../../local/report.ts";
import { statusLines, totalMemory } from "../../local/status-lines.ts";

const rows = [
  {
    name: "etcd",
    problem: undefined,
    usage: { pid: 7, uptimeMilliseconds: 3_900_000, memoryBytes: 64 * 1024 * 1024 },
    address: "127.0.0.1:1",
  },
  { name: "network", problem: "no bridge", usage: undefined, address: "zd0" },
];

describe("statusLines()", () => {
  it("shows each part with its process, or with what is wrong, in columns", () => {
    expect(statusLines(rows)).to.deep.equal([
      "etcd     ready      pid 7  1 h 05 min  64 MB  127.0.0.1:1",
      "network  not ready                            no bridge",
    ]);
    expect(totalMemory(rows)).to.equal("64 MB");
  });
});

describe("elapsed()", () => {
  it("is read as people say it", () => {
    expect([400, 12_300, 185_000].map(elapsed)).to.deep.equal(["0.4 s", "12 s", "3 min 05 s"]);
  });
});
