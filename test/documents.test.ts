import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";

const documents = globSync(["*.md", "docs/**/*.md"]);
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
const FOLDERS = "release|protocol|schema|manifests|components|jobs|cli|local|example|migrations|test|docs|ci";

/** Every match of a pattern's first group in the documents, with the document that says so. */
const said = (pattern: RegExp): { readonly document: string; readonly what: string }[] =>
  documents.flatMap((document) =>
    [...readFileSync(document, "utf8").matchAll(pattern)].map((match) => ({
      document,
      what: match[1] ?? "",
    })),
  );

describe("the documents", () => {
  it("name only scripts that package.json has", () => {
    const named = said(/npm (?:run )?(?:-s |--silent )?((?!run\b|install\b|ci\b)[a-z][\w:-]*)/g);
    expect(named.length).to.be.greaterThan(5);
    const unknown = named.filter(({ what }) => scripts[what] === undefined);
    expect(unknown).to.deep.equal([]);
  });

  it("name only files and folders that exist", () => {
    const named = said(new RegExp(`\`((?:${FOLDERS})/[\\w./*-]*)\``, "g"));
    expect(named.length).to.be.greaterThan(20);
    expect(named.filter(({ what }) => globSync(what).length === 0)).to.deep.equal([]);
  });

  it("link only to files that exist", () => {
    const links = said(/\]\((?!https?:)([^)#]+)/g);
    expect(links.length).to.be.greaterThan(0);
    expect(links.filter(({ document, what }) => !existsSync(join(dirname(document), what)))).to.deep.equal(
      [],
    );
  });

  it("tell in ARCHITECTURE.md every folder of the house, and every step of a stage", () => {
    const text = readFileSync("ARCHITECTURE.md", "utf8");
    const folders = globSync("*/").filter((name) => new RegExp(`^(${FOLDERS})/?$`).test(name));
    expect(folders.length).to.be.greaterThan(8);
    const steps = [...readFileSync("release/step.ts", "utf8").matchAll(/do: "([a-z-]+)"/g)].map(
      ([, step]) => step,
    );
    for (const folder of folders.filter((name) => !/^(docs|ci)/.test(name)))
      expect(text).to.contain(`\`${folder.replace(/\/$/, "")}/\``);
    for (const step of steps) expect(text).to.contain(`\`${step}\``);
  });
});
