import { expect } from "chai";
import { mountPointsBelow } from "../../../local/machine/unmount-below.ts";

const line = (point: string) => `36 35 98:0 / ${point} rw,noatime - ext4 /dev/root rw`;

describe("mountPointsBelow()", () => {
  it("names the innermost mounts first, and none beside the folder", () => {
    const info = ["/run/zd", "/run/zd/a", "/run/zd/a/b", "/run/zdx", "/"].map(line).join("\n");
    expect(mountPointsBelow(info, "/run/zd")).to.deep.equal(["/run/zd/a/b", "/run/zd/a", "/run/zd"]);
  });

  it("reads points with spaces, which the kernel writes in octal", () => {
    expect(mountPointsBelow(line("/run/zd/with\\040space"), "/run/zd")).to.deep.equal(["/run/zd/with space"]);
  });
});
