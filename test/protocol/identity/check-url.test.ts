import { expect } from "chai";
import { checkUrl, publicUrl } from "../../../protocol/identity/check-url.ts";
import type { Followed } from "../../../protocol/traffic/entrance.ts";

type Port = Followed["ports"][number];

const asked = (ports: readonly Port[]) =>
  checkUrl({ name: "shop", ports: [...ports] }, "green", "live") as { url?: string; why?: string };

describe("checkUrl", () => {
  it("is the Service of the workload, without the port where that is 80", () => {
    expect(asked([{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }])).to.deep.equal({
      url: "http://shop-green.live.svc",
    });
    expect(asked([{ port: 9898 }])).to.deep.equal({ url: "http://shop-green.live.svc:9898" });
  });

  for (const [title, ports, port] of [
    [
      "takes the first of several",
      [
        { name: "a", port: 8080 },
        { name: "http", port: 80 },
      ],
      8080,
    ],
    [
      "passes gRPC by",
      [
        { name: "grpc", port: 9999 },
        { name: "http", port: 9898 },
      ],
      9898,
    ],
    [
      "passes TLS by, by name",
      [
        { name: "https", port: 8000 },
        { name: "plain", port: 8001 },
      ],
      8001,
    ],
    ["passes TLS by, by number", [{ port: 443 }, { port: 8001 }], 8001],
    [
      "prefers a port that says HTTP to one that says nothing",
      [
        { name: "tls", port: 8443 },
        { name: "x", port: 1 },
        { name: "http-api", port: 2 },
      ],
      2,
    ],
    [
      "believes what the protocol of the application is said to be",
      [
        { name: "http", port: 1, appProtocol: "kubernetes.io/h2c" },
        { name: "grpc", port: 2, appProtocol: "HTTP" },
      ],
      2,
    ],
    ["needs TCP", [{ name: "http", port: 53, protocol: "UDP" }, { port: 8053 }], 8053],
    [
      "goes by the pods' own name where a load balancer ends TLS in front of them",
      [{ name: "https", port: 443, targetPort: "http" }],
      443,
    ],
    ["is not misled by a name that a JavaScript object has", [{ name: "constructor", port: 7 }], 7],
  ] as const satisfies readonly (readonly [string, readonly Port[], number])[])
    it(title, () => {
      expect(asked(ports)).to.deep.equal({ url: `http://shop-green.live.svc:${port}` });
    });

  it("says what the ports speak where none speaks HTTP", () => {
    const { why } = asked([
      { name: "grpc", port: 9999 },
      { port: 443, appProtocol: "https" },
      { port: 53, protocol: "UDP" },
    ]);
    expect(why).to.equal(
      "checks and the probe speak HTTP alone, without TLS, and no port of the Service shop-green does: grpc 9999 (TCP), 443 (https), 53 (UDP)",
    );
  });
});

describe("publicUrl", () => {
  it("is the Service itself, at the same port", () => {
    const ports = [
      { name: "grpc", port: 9999 },
      { name: "http", port: 9898 },
    ];
    expect(publicUrl({ name: "shop", ports }, "live")).to.deep.equal({ url: "http://shop.live.svc:9898" });
  });
});
