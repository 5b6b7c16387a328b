import { expect } from "chai";
import { removalsFrom } from "../../../local/machine/firewall.ts";

const saved = `*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
:KUBE-SERVICES - [0:0]
:ZERO-DOWNTIME-NAT - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -j ZERO-DOWNTIME-NAT
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A KUBE-SERVICES -d 10.87.128.1/32 -p tcp -j KUBE-SVC-X
COMMIT
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.0/8 -j ACCEPT
COMMIT
`;

describe("removalsFrom()", () => {
  const removals = removalsFrom(saved).map(({ table, args }) => `${table} ${args.join(" | ")}`);

  it("removes jumps first, then empties and deletes the chains", () => {
    expect(removals).to.deep.equal([
      "nat -D | PREROUTING | -m | comment | --comment | kubernetes service portals | -j | KUBE-SERVICES",
      "nat -D | PREROUTING | -j | ZERO-DOWNTIME-NAT",
      "nat -F | KUBE-SERVICES",
      "nat -F | ZERO-DOWNTIME-NAT",
      "nat -X | KUBE-SERVICES",
      "nat -X | ZERO-DOWNTIME-NAT",
    ]);
  });

  it("leaves other people's rules alone", () => {
    expect(removals.join("\n")).to.not.contain("DOCKER").and.to.not.contain("ACCEPT");
  });
});
