import { expect } from "chai";
import { imageName } from "../../local/build/images.ts";
import { parseLdd } from "../../local/parts/base-images.ts";

describe("imageName()", () => {
  it("puts the local registry before a bare name", () => {
    expect(imageName("address-book:1")).to.deep.equal({
      repository: "127.0.0.1:5000/address-book",
      tag: "1",
    });
    expect(imageName("team/address-book")).to.deep.equal({
      repository: "127.0.0.1:5000/team/address-book",
      tag: "latest",
    });
  });

  it("keeps a registry that is named", () => {
    expect(imageName("127.0.0.1:5000/jobs:2")).to.deep.equal({ repository: "127.0.0.1:5000/jobs", tag: "2" });
    expect(imageName("registry.example.com/jobs")).to.deep.equal({
      repository: "registry.example.com/jobs",
      tag: "latest",
    });
  });

  it("refuses what is no name", () => {
    expect(() => imageName("a:b:c")).to.throw("Cannot name an image so");
  });
});

describe("parseLdd()", () => {
  it("takes the libraries and the loader, not the kernel's own object", () => {
    const text = `\tlinux-vdso.so.1 (0x00007f)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n`;
    expect(parseLdd(text)).to.deep.equal(["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"]);
  });
});
