import { expect } from "chai";
import { obstacles, refusal, type Machine } from "../../local/build/requirements.ts";

const fit: Machine = {
  platform: "linux",
  architecture: "x64",
  userId: 0,
  debianLike: true,
  goVersion: "go version go1.26.8 linux/amd64",
  runFolder: "/root/.cache/zero-downtime/run",
  freeGigabytes: 50,
  memoryGigabytes: 8,
  otherNodes: [],
};

describe("obstacles()", () => {
  it("finds none on a fit machine", () => {
    expect(obstacles(fit)).to.deep.equal([]);
  });

  const unfit: [string, Partial<Machine>, string][] = [
    ["another system", { platform: "darwin", architecture: "arm64" }, "Linux on x64"],
    ["another user", { userId: 1000 }, "root"],
    ["no apt-get", { debianLike: false }, "Debian"],
    ["no Go", { goVersion: undefined }, "Go 1.25"],
    ["an old Go", { goVersion: "go version go1.19.8 linux/amd64" }, "go1.19.8"],
    ["a full disk", { freeGigabytes: 1 }, "free disk"],
    ["little memory", { memoryGigabytes: 1 }, "memory"],
    ["a long path", { runFolder: `/${"long/".repeat(20)}run` }, "ZERO_DOWNTIME_CACHE"],
    ["another node", { otherNodes: ["pid 5 (/usr/bin/kubelet)"] }, "/usr/bin/kubelet"],
  ];
  for (const [title, change, text] of unfit) {
    it(`names ${title}`, () => {
      const found = obstacles({ ...fit, ...change });
      expect(found).to.have.lengthOf(1);
      expect(found[0]).to.contain(text);
    });
  }

  it("names all of them at once, and the refusal says what to do instead", () => {
    const found = obstacles({ ...fit, userId: 1000, goVersion: undefined });
    expect(found).to.have.lengthOf(2);
    expect(refusal(found))
      .to.match(/^Cannot start the one-machine environment here as/)
      .and.to.contain("a database URL will do");
  });
});
