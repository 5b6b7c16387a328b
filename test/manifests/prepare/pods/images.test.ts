import { expect } from "chai";
import { added, containerOf, IMAGE, prepare } from "../shop.ts";

describe("the images of a version", () => {
  const imageOf = (written: string, application = "shop:latest") =>
    containerOf(
      prepare({ container: { image: application }, sidecars: [{ name: "beside", image: written }] }),
      "beside",
    ).image;

  it("are the slot's in the application's container, whatever the files say", () => {
    for (const image of ["shop", "shop:1", "IMAGE_HERE", "other/shop@sha256:b"])
      expect(containerOf(prepare({ container: { image } })).image).to.equal(IMAGE);
  });

  it("are the slot's in every other container of the same repository, however that is spelled", () => {
    expect(imageOf("shop:0.9")).to.equal(IMAGE);
    expect(imageOf("docker.io/library/shop")).to.equal(IMAGE);
    expect(imageOf("index.docker.io/team/shop:2", "team/shop")).to.equal(IMAGE);
    expect(imageOf("registry.example.com/team/shop:1")).to.equal(IMAGE);
    expect(imageOf(`localhost:5000/a/shop@sha256:${"c".repeat(64)}`, "localhost:5000/a/shop")).to.equal(
      IMAGE,
    );
    expect(imageOf("IMAGE_HERE", "IMAGE_HERE")).to.equal(IMAGE);
  });

  it("stay as they are in containers of other repositories", () => {
    for (const image of ["team/shop", "shop-proxy:1", "ghcr.io/library/shop", "registry.example.com/shop:1"])
      expect(imageOf(image)).to.equal(image);
  });

  it("are the slot's in init containers of the repository too, and that is told", () => {
    const version = prepare({ initContainers: [{ name: "check", image: "shop:1" }] });
    expect(containerOf(version, "check").image).to.equal(IMAGE);
    expect(added(version)).to.include("init container check: the version's image");
    expect(added(version)).to.include("container web: the version's image");
  });
});
