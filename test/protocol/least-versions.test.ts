import { globSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { isAtLeast, LEAST_VERSIONS } from "../../protocol/least-versions.ts";
import { oldServers } from "../../schema/checks/expansion-objections.ts";
import type { Asked } from "../../schema/protection/asked.ts";

const rows = Object.values(LEAST_VERSIONS);
const documents = globSync(["*.md", "docs/**/*.md"]);

describe("the least versions", () => {
  it("are compared number by number, not as texts", () => {
    expect(isAtLeast("1.30", "1.30")).to.equal(true);
    expect(isAtLeast("1.100", "1.30")).to.equal(true);
    expect(isAtLeast("2.0", "1.30")).to.equal(true);
    expect(isAtLeast("1.9", "1.30")).to.equal(false);
    expect(isAtLeast("1", "1.0.0")).to.equal(true);
    expect(isAtLeast("3.254", "3.254.1")).to.equal(false);
  });

  it("stand in the documents as they are asked for, each with its reason", () => {
    const text = readFileSync("docs/set-up.md", "utf8");
    for (const { title, version, why } of rows)
      expect(text).to.match(
        new RegExp(`\\| ${title} +\\| ${version} +\\| ${why.replace(/[.$()]/g, "\\$&")} +\\|`),
      );
  });

  it("are the same wherever a document names one", () => {
    const named = documents.flatMap((document) =>
      rows.flatMap(({ title, version }) =>
        [...readFileSync(document, "utf8").matchAll(new RegExp(`${title} ≥ ([0-9.]*[0-9])`, "g"))].map(
          ([, found]) => ({ document, title, found, version }),
        ),
      ),
    );
    expect(named.length).to.be.greaterThan(0);
    for (const { document, title, found, version } of named)
      expect(found, `${title} in ${document}`).to.equal(version);
  });

  it("hold for the schema Job, which asks the server itself", () => {
    const { version } = LEAST_VERSIONS.postgresql;
    const on = (serverVersion: number) => oldServers({ facts: { serverVersion } } as Asked);
    expect(on(Number(version) * 10_000)).to.deep.equal([]);
    expect(on(Number(version) * 10_000 - 1).join()).to.include(`PostgreSQL ${version} or later`);
  });

  it("are no newer than what this program is made and tested with", () => {
    const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    expect(isAtLeast(dependencies["@pulumi/pulumi"] ?? "", LEAST_VERSIONS.pulumi.version)).to.equal(true);
  });
});
