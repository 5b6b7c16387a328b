import { expect } from "chai";
import { goMod, linkerFlags } from "../../local/build/build-go-binaries.ts";
import { folders } from "../../local/folders.ts";
import { describeNeed, folderOf } from "../../local/build/dependency.ts";
import { parts } from "../../local/components.ts";
import { corefile } from "../../local/parts/coredns.ts";
import { coredns, envoy, kubernetes, pulumi } from "../../local/build/toolchain.ts";

const place = folders("/cache");

describe("the needs of the parts", () => {
  it("hold every Debian package once under one name", () => {
    const packages = parts.flatMap((part) => part.needs).filter((need) => need.kind === "debian");
    const programs = new Map(packages.map((need) => [need.package, need.program]));
    for (const need of packages) expect(programs.get(need.package)).to.equal(need.program);
    expect([...programs.keys()]).to.include.members([
      "containerd",
      "runc",
      "etcd-server",
      "buildah",
      "docker-registry",
    ]);
  });

  it("lie in folders whose names hold the version", () => {
    expect(folderOf(place, kubernetes)).to.equal(`/cache/kubernetes-${kubernetes.version}`);
    expect(folderOf(place, envoy)).to.equal(`/cache/envoy-${envoy.version}`);
  });

  it("are announced with package, version and place", () => {
    const line = describeNeed(place, pulumi);
    expect(line)
      .to.contain(pulumi.module)
      .and.to.contain(`v${pulumi.version}`)
      .and.to.contain(folderOf(place, pulumi));
  });
});

describe("our main of CoreDNS", () => {
  it("has every plugin that our configuration names, and no other", () => {
    const configuration = corefile("/kubeconfig", "nameserver 192.0.2.1\n");
    const named = [...configuration.matchAll(/^ {4}(\w+)/gm)].map(([, name]) => name);
    const linked = [...(coredns.main ?? "").matchAll(/plugin\/(\w+)"/g)].map(([, name]) => name);
    expect(linked.sort()).to.deep.equal(named.sort());
  });
});

describe("goMod()", () => {
  it("replaces Kubernetes' own staging modules by their published versions", () => {
    const upstream =
      "module k8s.io/kubernetes\n\ngo 1.24.0\n\nreplace (\n\tk8s.io/api => ./staging/src/k8s.io/api\n)\n";
    expect(goMod(kubernetes, upstream).split("\n")).to.deep.equal([
      "module local",
      "go 1.24.0",
      `require k8s.io/kubernetes v${kubernetes.version}`,
      `replace k8s.io/api => k8s.io/api v${kubernetes.stagingVersion}`,
      "",
    ]);
  });

  it("keeps the replacements that a module needs but cannot hand on", () => {
    expect(goMod(pulumi, "go 1.25\n")).to.contain("replace github.com/atotto/clipboard => ");
  });
});

describe("linkerFlags()", () => {
  it("stamps the version where the program looks for it", () => {
    expect(linkerFlags(kubernetes))
      .to.contain(`gitVersion=v${kubernetes.version}`)
      .and.to.contain("gitMinor=34");
  });
});
