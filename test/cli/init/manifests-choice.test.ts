import { join } from "node:path";
import { expect } from "chai";
import { manifestsChoice } from "../../../cli/init/manifests-choice.ts";

const project = process.cwd();

describe("the flags of zd init that are about manifests", () => {
  it("become keys of config, with the path as the project sees it", () => {
    const flags = {
      manifests: "deploy/",
      container: "web",
      migrates: true,
      both: ["peers"],
      unversioned: ["flags"],
      shared: ["StatefulSet/queue"],
      ignore: ["Job/seed", "CronJob/report"],
    };
    expect(manifestsChoice(flags, project)).to.deep.equal({
      project,
      manifests: {
        manifests: "deploy/",
        services: { peers: "both" },
        unversioned: ["flags"],
        shared: ["StatefulSet/queue"],
        ignore: ["Job/seed", "CronJob/report"],
      },
      app: { container: "web", migrates: "allowed" },
    });
  });

  it("name a place from where they are typed", () => {
    const pathOf = (manifests: string, folder: string) =>
      manifestsChoice({ manifests }, folder)?.manifests.manifests;
    expect(pathOf("./deploy", project)).to.equal("deploy");
    expect(pathOf("shop.yaml", join(project, ".."))).to.match(/^[^/]+\/shop\.yaml$/);
    expect(pathOf("../other/deploy/", project)).to.equal("../other/deploy/");
    expect(pathOf(".", project)).to.equal(".");
  });

  it("are refused where they would have no effect", () => {
    expect(() => manifestsChoice({ ignore: ["Job/seed"] }, project)).to.throw(
      "Cannot take --ignore without --manifests. Nothing was written.",
    );
    expect(() => manifestsChoice({ databaseLogins: "application" }, project)).to.throw(
      "Cannot take --database-logins without --manifests.",
    );
    for (const flag of ["port", "replicas", "readiness", "liveness", "identity", "gateway", "hostname"])
      expect(() => manifestsChoice({ manifests: "deploy/", [flag]: "1" }, project)).to.throw(
        `Cannot take --${flag} with --manifests, as the files say it.`,
      );
    expect(manifestsChoice({ port: "80" }, project)).to.equal(null);
  });
});
