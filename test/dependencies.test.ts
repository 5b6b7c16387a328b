import { globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { expect } from "chai";

interface Manifest {
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifest = (folder: string) => JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as Manifest;
const product = manifest(".");

const PRODUCT = "{index.ts,{release,protocol,schema,manifests,components,jobs,cli,migrations}/**/*.ts}";
const IMPORT =
  /^\s*(?:import|export)\s(type\s)?[^;]*?from\s+"([^".][^"]*)"|^\s*import\s+"([^".][^"]*)"|\bimport\("([^".][^"]*)"\)/gm;

/**
 * Packages that files import at run time, by their names in package.json; types are gone by then.
 */
function importedBy(files: string): string[] {
  const names = globSync(files).flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(IMPORT)]
      .filter(([, isType]) => isType === undefined)
      .map(([, , one, two, three]) => one ?? two ?? three ?? "")
      .filter((name) => !name.startsWith("node:") && !builtinModules.includes(name))
      .map((name) =>
        name
          .split("/")
          .slice(0, name.startsWith("@") ? 2 : 1)
          .join("/"),
      ),
  );
  return [...new Set(names)].sort();
}

describe("the dependencies", () => {
  it("of the product are those that it imports, and no others", () => {
    expect(importedBy(PRODUCT)).to.deep.equal(Object.keys(product.dependencies).sort());
  });

  it("of the product are listed in docs/dependencies.md, each with its reason", () => {
    const rows = [
      ...readFileSync("docs/dependencies.md", "utf8").matchAll(/^\| `([^`]+)` .*\| *(\S.*\S) *\|$/gm),
    ];
    expect(rows.map(([, name]) => name)).to.deep.equal(Object.keys(product.dependencies).sort());
  });

  for (const folder of product.workspaces ?? []) {
    it(`of ${folder}/ are its own, and in the versions that the product has, too`, () => {
      const { private: isPrivate, dependencies } = manifest(folder);
      expect(isPrivate).to.equal(true);
      expect(importedBy(`${folder}/**/*.{ts,mjs}`)).to.deep.equal(Object.keys(dependencies).sort());
      for (const [name, version] of Object.entries(dependencies))
        expect(product.dependencies[name] ?? version, name).to.equal(version);
    });
  }

  it("are pinned exactly", () => {
    const all = [".", ...(product.workspaces ?? [])]
      .map(manifest)
      .flatMap((one) => [
        ...Object.entries(one.dependencies),
        ...Object.entries(one.devDependencies ?? {}),
        ...Object.entries(one.optionalDependencies ?? {}),
      ]);
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).to.deep.equal([]);
  });
});
