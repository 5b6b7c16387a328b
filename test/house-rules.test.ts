import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect } from "chai";
import { GROUPS } from "./groups.ts";

/** Who may import whom; a folder may always import itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  release: [],
  protocol: ["release"],
  schema: [],
  manifests: ["release", "protocol"],
  components: ["release", "protocol", "schema", "manifests"],
  "index.ts": ["components", "release"],
  jobs: ["release", "protocol", "schema"],
  cli: ["release", "protocol", "schema", "manifests"],
  local: [],
  example: [],
  migrations: [],
};

/**
 * The folders of schema, in the order in which they build on each other: each may import those
 * before it.
 */
const ORDER_IN_SCHEMA = [
  ...["sql", "migration", "state", "expressions", "sync", "rows", "mapping"],
  ...["lint", "lock-plan", "plan", "restore", "protection", "checks"],
];

/** More than these side by side, and nobody finds anything. */
const MOST_FILES = 15;

/**
 * Libraries that the pure parts may use, by folder; the deepest one counts. Everything else of npm
 * is somebody's trade.
 */
const LIBRARIES: Record<string, RegExp> = {
  // The distribution functions of the judge: a port of Boost that is kept up, and errs by
  // parts in 10^13. node:crypto is there for digests alone.
  release: /^(@stdlib\/math-base-special-kernel-betainc|node:crypto)$/,
  // node:crypto is there for digests alone.
  protocol: /^(zod|node:crypto)$/,
  "protocol/state": /^(zod|node:(crypto|zlib))$/,
  "protocol/kubernetes": /^(zod|@kubernetes\/client-node|node:https?)$/,
  // Registries are asked, with the login that docker keeps in files or with its helpers.
  "protocol/registry": /^(zod|node:(child_process|fs\/promises|os|path))$/,
  // The client's generated types say which fields Kubernetes' objects have.
  manifests: /^(yaml|@kubernetes\/client-node|node:(path|fs|fs\/promises))$/,
  // node:v8 tells V8 how to compile the parser, see parser-memory.ts.
  schema: /^(zod|yaml|libpg-query|@pgsql\/types|node:(path|fs|fs\/promises|crypto|v8))$/,
};

const IMPORT = /^\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;

interface Import {
  readonly file: string;
  readonly from: string;
  readonly target: string;
}

const topOf = (path: string): string => path.split("/")[0] ?? path;

/** What a folder may use: what is said of it, or of the folder that it lies in. */
const librariesOf = (folder: string): RegExp | undefined =>
  LIBRARIES[folder] ?? (folder.includes("/") ? librariesOf(dirname(folder)) : undefined);

const files = globSync([
  "*.ts",
  "{release,protocol,schema,manifests,components,jobs,cli,local,example,migrations,test}/**/*.{ts,mjs}",
]);

const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(IMPORT)].map((match) => ({
    file,
    from: topOf(file),
    target: match[1] ?? match[2] ?? match[3] ?? "",
  })),
);

/** Which files each file imports. */
const importsOf = new Map<string, readonly string[]>(
  files.map((file) => [
    file,
    imports
      .filter((one) => one.file === file && one.target.startsWith("."))
      .map(({ target }) => normalize(join(dirname(file), target))),
  ]),
);

/**
 * The first circle that is met on the way from a file along its imports, beginning and ending with
 * the same file.
 */
function circleFrom(path: readonly string[], done: Set<string>): readonly string[] | null {
  const file = path.at(-1) ?? "";
  const seen = path.indexOf(file);
  if (seen < path.length - 1) return path.slice(seen);
  if (done.has(file)) return null;
  done.add(file);
  for (const next of importsOf.get(file) ?? []) {
    const circle = circleFrom([...path, next], done);
    if (circle !== null) return circle;
  }
  return null;
}

const told = ({ file, target }: Import) => `${file} imports ${target}`;

describe("the house", () => {
  it("lets each folder import only those that the design names", () => {
    const broken = imports.filter(({ file, from, target }) => {
      const allowed = MAY_IMPORT[from];
      if (!allowed || !target.startsWith(".")) return false;
      const room = topOf(normalize(join(dirname(file), target)));
      return room !== from && !allowed.includes(room);
    });
    expect(broken.map(told)).to.deep.equal([]);
  });

  it("keeps I/O, clock and environment out of the release core, and foreign libraries out of the pure parts", () => {
    const foreign = imports.filter(({ file, target }) => {
      const allowed = librariesOf(dirname(file));
      return allowed && !target.startsWith(".") && !allowed.test(target);
    });
    expect(foreign.map(told)).to.deep.equal([]);
    const impure = files.filter(
      (file) =>
        topOf(file) === "release" &&
        /Date\.|process\.|Math\.random|\brandom[A-Z]/.test(readFileSync(file, "utf8")),
    );
    expect(impure).to.deep.equal([]);
  });

  it("has no circle among files", () => {
    const done = new Set<string>();
    const circles = files.flatMap((file) => circleFrom([file], done)?.join(" → ") ?? []);
    expect(circles.join("\n")).to.equal("");
  });

  it("lets each folder of schema import only those before it", () => {
    const folder = (file: string) => file.split("/")[1] ?? "";
    const broken = imports.filter(({ file, from, target }) => {
      if (from !== "schema" || !target.startsWith(".")) return false;
      const place = ORDER_IN_SCHEMA.indexOf(folder(normalize(join(dirname(file), target))));
      return place < 0 || place > ORDER_IN_SCHEMA.indexOf(folder(file));
    });
    expect(broken.map(told)).to.deep.equal([]);
  });

  it("has at most fifteen files side by side in a folder", () => {
    const folders = Map.groupBy(
      files.filter((file) => file.endsWith(".ts") && dirname(file) !== "."),
      dirname,
    );
    const crowded = [...folders].filter(([, inside]) => inside.length > MOST_FILES);
    expect(crowded.map(([folder, inside]) => `${folder}: ${inside.length} files`).join("\n")).to.equal("");
  });

  it("keeps comments within a hundred columns", () => {
    const wide = files.flatMap((file) =>
      readFileSync(file, "utf8")
        .split("\n")
        .flatMap((line, index) =>
          line.length > 100 && /^\s*(\/\/|\/\*|\*(\s|\/))/.test(line) ? [`${file}:${index + 1}`] : [],
        ),
    );
    expect(wide).to.deep.equal([]);
  });

  it("has no drawers for things without a name, and no index but the root's", () => {
    const drawers = files.filter((file) =>
      /(^|\/)(utils?|helpers?|common|misc|types)\.ts$|\/index\.ts$/.test(file),
    );
    expect(drawers).to.deep.equal([]);
  });

  it("runs every file of tests in one group of `npm test`", () => {
    const inGroups = GROUPS.flatMap((group) => ("files" in group ? globSync(group.files) : []));
    const tests = globSync("test/**/*.{test,cluster}.ts");
    expect(inGroups.sort()).to.deep.equal(tests.sort());
  });
});
