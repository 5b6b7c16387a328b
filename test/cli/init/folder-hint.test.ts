import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { folderWithDeployment } from "../../../cli/init/folder-hint.ts";

describe("zd init without manifests", () => {
  let project: string;

  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), "zero-downtime-init-"));
  });

  afterEach(() => rm(project, { recursive: true, force: true }));

  async function write(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(project, file)), { recursive: true });
    await writeFile(join(project, file), text);
  }

  it("knows a folder with a Deployment, however that is written", async () => {
    const texts = [
      ["deploy/shop.yaml", "apiVersion: apps/v1\nkind: Deployment\n"],
      ["k8s/all.yml", 'apiVersion: v1\nkind: List\nitems:\n  - kind: "Deployment"\n'],
      ["manifests/shop.json", '{\n  "kind": "Deployment",\n  "apiVersion": "apps/v1"\n}\n'],
    ] as const;
    for (const [file, text] of texts) {
      await write(file, text);
      expect(await folderWithDeployment(project)).to.equal(`${dirname(file)}/`);
      await rm(join(project, dirname(file)), { recursive: true });
    }
  });

  it("takes nothing else for one", async () => {
    await write("deploy/run.sh", "kind: Deployment\n");
    await write("deploy/service.yaml", "kind: Service # of the Deployment\n");
    await write("deploy/notes.yaml", "text: about a kind: Deployment\n");
    await write("deploy/inner.yaml/file", "");
    await write("k8s", "kind: Deployment\n");
    await write("other/shop.yaml", "kind: Deployment\n");
    expect(await folderWithDeployment(project)).to.equal(null);
  });
});
