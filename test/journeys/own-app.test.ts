import { copyFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { sectionsOf, variablesIn } from "../support/journey/guide.ts";
import { plainAppImage, theTarget, goodImages } from "../support/journey/journey-images.ts";
import { skipAfterFailure } from "../support/journey/skip-after-failure.ts";
import { stateUrl } from "../support/journey/state-url.ts";
import { createDatabase, dropDatabase, kubectl, type Target } from "../support/target.ts";

/** The longest section is seven stages, also while others share the machine. */
const SECTION_MILLISECONDS = 590_000;

const [choices, ...sections] = sectionsOf("docs/own-app.md");
const NAMESPACE = "own-app";
/** Of application and database; a name that roles can begin with too. */
const NAME = "ownapp";

/** What the guide's commands must have brought about, beside what it says itself. */
const ANSWERS: Readonly<Record<string, RegExp>> = {
  "Install version 1": /This is 1\.0\.0 in blue\./,
  "Release version 2": /This is 2\.0\.0 in green\./,
  "Release it with its table": /"?3\.0\.0/,
};

describe("The guide for one's own application, followed as it stands", function () {
  this.timeout(SECTION_MILLISECONDS + 10_000);
  let target: Target;
  let folder: string;
  let variables: Record<string, string>;

  before(async () => {
    target = await theTarget();
    await removeLeftovers();
    await kubectl(target, "wait", "--for=delete", `namespace/${NAMESPACE}`, "--timeout=120s");
    await createDatabase(target, NAME);
    folder = await mkdtemp(join(tmpdir(), "zero-downtime-own-app-"));
    await mkdir(join(folder, "state"));
    await layOutCheckout(join(folder, "checkout"));
    variables = await readersVariables();
  });

  skipAfterFailure(this);

  after(async () => {
    await removeLeftovers();
    await rm(folder, { recursive: true, force: true });
  });

  it("asks the reader for these values, and no others", () => {
    expect(variablesIn(choices?.commands ?? "").sort()).to.deep.equal(Object.keys(variables).sort());
    expect(sections.map(({ title }) => title)).to.include.members(Object.keys(ANSWERS));
  });

  for (const { title, commands, expected } of sections) {
    it(`does what it says: ${title}`, async () => {
      const { exitCode, all } = await execa("bash", ["-euo", "pipefail", "-c", commands], {
        cwd: join(folder, "checkout"),
        env: { ...target.variables, ...variables },
        all: true,
        reject: false,
        stdin: "ignore",
        timeout: SECTION_MILLISECONDS,
      });
      expect(exitCode, all).to.equal(0);
      expect(all).to.match(ANSWERS[title] ?? /(?:)/);
      for (const line of expected) expect(withoutSpace(all)).to.include(withoutSpace(line));
    });
  }

  /** A clone of the repository, as far as the guide changes it; what it leaves alone is linked. */
  async function layOutCheckout(checkout: string): Promise<void> {
    await mkdir(checkout);
    for (const entry of await readdir(".", { withFileTypes: true })) {
      if (entry.name.startsWith(".") || /^Pulumi\..+\.yaml$/.test(entry.name)) continue;
      if (entry.name === "migrations") {
        await cp(entry.name, join(checkout, entry.name), { recursive: true });
      } else if (entry.isFile()) {
        copyFileSync(entry.name, join(checkout, entry.name));
      } else {
        await symlink(resolve(entry.name), join(checkout, entry.name));
      }
    }
  }

  async function readersVariables(): Promise<Record<string, string>> {
    const plain = await plainAppImage(target);
    const { database } = target;
    return {
      STACK: NAMESPACE,
      APP: NAME,
      NAMESPACE,
      IMAGE_1: plain,
      IMAGE_2: plain,
      IMAGE_3: (await goodImages(target)).v1,
      JOBS_REPOSITORY: `${target.registry}/zero-downtime-jobs`,
      NODE_IMAGE: target.nodeImage,
      KUBECONFIG: target.kubeconfig,
      PULUMI_BACKEND_URL: stateUrl(join(folder, "state")),
      PULUMI_CONFIG_PASSPHRASE: "for tests only",
      DATABASE_HOST: database.host,
      DATABASE_PORT: String(database.port),
      DATABASE_NAME: NAME,
      DATABASE_SSLMODE: database.sslmode,
      DATABASE_ADMIN: database.user,
      DATABASE_ADMIN_PASSWORD: database.password,
      DATABASE_ADMIN_IS_SUPERUSER: "true",
    };
  }

  async function removeLeftovers(): Promise<void> {
    await kubectl(target, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
    await dropDatabase(target, NAME, NAME);
  }
});

const withoutSpace = (text: string): string => text.replace(/\s+/g, "");
