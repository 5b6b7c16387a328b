import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MigrationFiles } from "../../../schema/migration/migration-files.ts";

/** A history of so many migrations, and one more: that of a release. In a temporary folder. */
export interface GeneratedMigrations {
  readonly folder: string;
  readonly ids: readonly string[];
  readonly remove: () => void;
}

type Text = Readonly<Partial<Record<keyof MigrationFiles, string>>>;

/**
 * Five that take turns, as a project has them: a table with an index, a column, an index, a check,
 * and a column under another name, which is mapped and contracted. The one more is like that, too,
 * so that a history of any length is followed by the same release.
 */
export function generateMigrations(count: number): GeneratedMigrations {
  // What lies above it is no project's: a `migrations` folder is what the program reads.
  const project = mkdtempSync(join(tmpdir(), "zero-downtime-growth-"));
  const folder = join(project, "migrations");
  mkdirSync(folder);
  const ids = Array.from({ length: count + 1 }, (_, at) => {
    const { name, files } = at < count ? generated(at) : RELEASED;
    const id = `${String(at + 1).padStart(4, "0")}-${name}`;
    mkdirSync(join(folder, id));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, id, file), text ?? "");
    return id;
  });
  return { folder, ids, remove: () => rmSync(project, { recursive: true, force: true }) };
}

function generated(at: number): { readonly name: string; readonly files: Text } {
  const number = Math.floor(at / 5) + 1;
  const table = `item_${number}`;
  const described = (text: string) => `description: ${text}.\n`;
  switch (at % 5) {
    case 0:
      return {
        name: `create-${number}`,
        files: {
          "migration.yaml": described(`Items of kind ${number}`),
          "expand.sql": `CREATE TABLE ${table} (\n  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  title text NOT NULL,\n  price numeric(12, 2) NOT NULL DEFAULT 0,\n  created_at timestamptz NOT NULL DEFAULT now()\n);\nCREATE INDEX ${table}_created_at ON ${table} (created_at);\n`,
        },
      };
    case 1:
      return {
        name: `add-note-${number}`,
        files: {
          "migration.yaml": described("A note"),
          "expand.sql": `ALTER TABLE ${table} ADD COLUMN note text;\n`,
        },
      };
    case 2:
      return {
        name: `find-by-title-${number}`,
        files: {
          "migration.yaml": described("Titles are searched"),
          "expand.sql": `CREATE INDEX CONCURRENTLY ${table}_title ON ${table} (title);\n`,
        },
      };
    case 3:
      return {
        name: `no-negative-price-${number}`,
        files: {
          "migration.yaml": described("A price is not negative"),
          "expand.sql": `ALTER TABLE ${table} ADD CONSTRAINT ${table}_price CHECK (price >= 0) NOT VALID;\n`,
          "contract.sql": `ALTER TABLE ${table} VALIDATE CONSTRAINT ${table}_price;\n`,
        },
      };
    default:
      return {
        name: `rename-title-${number}`,
        files: renaming(table, "title", "name", "required"),
      };
  }
}

/** Of the first table, which is there whatever the history's length. */
const RELEASED: { readonly name: string; readonly files: Text } = {
  name: "rename-note-1",
  files: renaming("item_1", "note", "remark", "optional"),
};

function renaming(table: string, old: string, now: string, kind: "required" | "optional"): Text {
  const [toNew, toOld] = [`${table}_${now}_of`, `${table}_${old}_of`];
  const same = (name: string, from: string) =>
    `CREATE FUNCTION ${name}(${from} text) RETURNS text LANGUAGE sql IMMUTABLE RETURN ${from};\n`;
  return {
    "migration.yaml": `description: A ${old} is a ${now}.\nmappings:\n  - { table: ${table}, key: id, old: ${old}, new: { ${now}: ${kind} }, toNew: ${toNew}, toOld: ${toOld} }\n`,
    "expand.sql": `ALTER TABLE ${table} ADD COLUMN ${now} text;\n`,
    "sync.sql": `${same(toNew, old)}${same(toOld, now)}`,
    "contract.sql": `ALTER TABLE ${table} DROP COLUMN ${old};\n`,
  };
}
