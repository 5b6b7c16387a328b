import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { POSTGRES } from "../../../schema/sql/compare.ts";
import type { KeyColumn } from "../../../schema/sql/key-ranges.ts";
import type { MappedTable } from "../../../schema/rows/mapped-rows.ts";
import { parseMigration } from "../../../schema/migration/migration.ts";
import type { MigrationFiles } from "../../../schema/migration/migration-files.ts";
import { activeMappings } from "../../../schema/mapping/active-mappings.ts";

/** A table, its rows, and a migration of it. */
export interface Subject {
  readonly title: string;
  /** Folder with its migrations. */
  readonly folder: string;
  readonly from: string;
  readonly to: string;
  /** What the backfill of the migration is about. */
  readonly mapped: MappedTable;
  /** Fills the table with $1 rows. */
  readonly insert: string;
  /** Counts, as `n`, rows that no backfill has filled. */
  readonly unfilled: string;
}

const UNFILLED = "SELECT count(*)::int AS n FROM address WHERE street_name IS NULL";

const STREET =
  "(ARRAY['Main Street', 'Rue de la Paix', 'Mill Lane', 'Elm Avenue'])[1 + i % 4] || ' ' || (i % 300)";

/** The example's own split of a street. */
export async function addressBook(): Promise<Subject> {
  const id = "0002-split-street";
  const files = Object.fromEntries(
    ["migration.yaml", "expand.sql", "sync.sql", "contract.sql"].map((name) => [
      name,
      readFileSync(join("migrations", id, name), "utf8"),
    ]),
  ) as unknown as MigrationFiles;
  return {
    title: "bigint",
    folder: "migrations",
    from: "0001-create-address",
    to: id,
    mapped: await mappedTable(id, files, [
      { name: "id", type: "bigint", comparison: POSTGRES, isOwnType: false },
    ]),
    insert: `INSERT INTO address (name, street, postcode, city) SELECT 'person ' || i, ${STREET}, '1000' || i % 10, 'Town ' || i % 100 FROM generate_series(1, $1::int) AS i`,
    unfilled: UNFILLED,
  };
}

/**
 * The same split, into a column that may be too short for a number: it is called through the form
 * that catches.
 */
export async function addressBookCaught(): Promise<Subject> {
  const id = "0002-split-street";
  const book = await addressBook();
  const read = (migration: string, file: string) => readFileSync(join("migrations", migration, file), "utf8");
  const folder = mkdtempSync(join(tmpdir(), "zero-downtime-bench-"));
  write(folder, book.from, {
    "migration.yaml": read(book.from, "migration.yaml"),
    "expand.sql": read(book.from, "expand.sql"),
  });
  write(folder, id, {
    "migration.yaml": read(id, "migration.yaml"),
    "expand.sql": read(id, "expand.sql").replace("house_number text", "house_number varchar(20)"),
    "sync.sql": read(id, "sync.sql"),
    "contract.sql": read(id, "contract.sql"),
  });
  return { ...book, title: "bigint, caught", folder };
}

/** The same split in a table with another key. */
export async function addressBookWith(
  title: string,
  key: readonly KeyColumn[],
  values: string,
): Promise<Subject> {
  const from = "0001-table";
  const to = "0002-split";
  const names = key.map((column) => column.name).join(", ");
  const read = (file: string) => readFileSync(join("migrations/0002-split-street", file), "utf8");
  const files: MigrationFiles = {
    "migration.yaml": read("migration.yaml").replace("key: id", `key: [${names}]`),
    "expand.sql": read("expand.sql"),
    "sync.sql": read("sync.sql"),
    "contract.sql": read("contract.sql"),
  };
  const columns = key.map((column) => `${column.name} ${column.type}`).join(", ");
  const folder = mkdtempSync(join(tmpdir(), "zero-downtime-bench-"));
  write(folder, from, {
    "migration.yaml": "description: A table.\n",
    "expand.sql": `CREATE TABLE address (${columns}, name text NOT NULL, street text NOT NULL, PRIMARY KEY (${names}));\n`,
  });
  write(folder, to, files);
  return {
    title,
    folder,
    from,
    to,
    mapped: await mappedTable(to, files, key),
    insert: `INSERT INTO address (${names}, name, street) SELECT ${values}, 'person ' || i, ${STREET} FROM generate_series(1, $1::int) AS i`,
    unfilled: UNFILLED,
  };
}

/** The same split into a table of its own. */
export async function addressMoved(): Promise<Subject> {
  const read = (file: string) => readFileSync(join("migrations/0002-split-street", file), "utf8");
  const key = [{ name: "id", type: "bigint", comparison: POSTGRES, isOwnType: false }];
  const [from, to] = ["0001-table", "0002-move"];
  const files: MigrationFiles = {
    "migration.yaml": read("migration.yaml").replace(
      "    new:",
      "    newTable: { name: address_street, key: address_id }\n    new:",
    ),
    "expand.sql": `CREATE TABLE address_street (address_id bigint PRIMARY KEY REFERENCES address ON DELETE CASCADE, street_name text, house_number text);\n`,
    // A person whose row is not there has no street at all.
    "sync.sql": read("sync.sql").replace(/RETURN (CASE .* END);/, "RETURN coalesce($1, '');"),
    "contract.sql": read("contract.sql"),
  };
  const folder = mkdtempSync(join(tmpdir(), "zero-downtime-bench-"));
  write(folder, from, {
    "migration.yaml": "description: A table.\n",
    "expand.sql":
      "CREATE TABLE address (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, street text NOT NULL);\n",
  });
  write(folder, to, files);
  return {
    title: "bigint, to another table",
    folder,
    from,
    to,
    mapped: await mappedTable(to, files, key),
    insert: `INSERT INTO address (name, street) SELECT 'person ' || i, ${STREET} FROM generate_series(1, $1::int) AS i`,
    unfilled:
      "SELECT count(*)::int AS n FROM address LEFT JOIN address_street ON address_id = id WHERE street_name IS NULL",
  };
}

async function mappedTable(
  id: string,
  files: MigrationFiles,
  key: readonly KeyColumn[],
): Promise<MappedTable> {
  const parsed = await parseMigration(id, files);
  if ("errors" in parsed) throw new Error(`Cannot measure with migration ${id}: ${parsed.errors.join("; ")}`);
  const [active] = activeMappings(parsed.migration);
  if (active === undefined) throw new Error(`Cannot measure with migration ${id} as it maps nothing`);
  const comparisons = { old: [POSTGRES], new: active.created.map(() => POSTGRES) };
  return {
    schema: "public",
    active,
    key,
    oldTypes: ["text"],
    comparisons,
    limitedDomains: [],
    catches: false,
  };
}

function write(folder: string, id: string, files: Partial<MigrationFiles>): void {
  mkdirSync(join(folder, id));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, id, name), text ?? "");
}
