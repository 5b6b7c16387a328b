import { parseManifest, type Manifest, type Mapping } from "./manifest.ts";
import type { MigrationFiles } from "./migration-files.ts";
import { MIGRATION_ID } from "../sql/names.ts";
import { loadParser, parseStatements, type ParsedStatement } from "../sql/parse-statements.ts";

/** Names of schemas and archives are made of it. */
const MOST_ID_CHARACTERS = 40;

/** One step of the schema's history, understood. */
export interface Migration {
  /** Its folder's name, such as `0002-split-street`. */
  readonly id: string;
  readonly files: MigrationFiles;
  readonly description: string;
  readonly mappings: readonly Mapping[];
  readonly replication?: Manifest["replication"];
  readonly expand: readonly ParsedStatement[];
  readonly sync: readonly ParsedStatement[];
  readonly contract: readonly ParsedStatement[];
  /** What undoes the statements of expand.sql for which nothing can be derived. */
  readonly undo: readonly ParsedStatement[];
}

type Parsed = { readonly migration: Migration } | { readonly errors: readonly string[] };

/**
 * Reads one migration; what it does is judged by `lint`. Errors are all of them, each with the file
 * and, in SQL, the line.
 */
export async function parseMigration(id: string, files: MigrationFiles): Promise<Parsed> {
  const isNamed = MIGRATION_ID.test(id) && id.length <= MOST_ID_CHARACTERS;
  const named = isNamed
    ? []
    : [
        `${id}: the folder's name must be four digits and words, of at most ${MOST_ID_CHARACTERS} characters, like 0002-split-street: it is ${id}`,
      ];
  const parsed = await readParts(id, files);
  if ("errors" in parsed) return { errors: [...named, ...parsed.errors] };
  return isNamed ? parsed : { errors: named };
}

/**
 * Reads one migration that was accepted when it began, or the way back of one: rules that are
 * younger than that must not keep anybody from undoing or finishing it.
 * @throws {Error} with all errors when it cannot be read at all
 */
export async function acceptedMigration(id: string, files: MigrationFiles): Promise<Migration> {
  const parsed = await readParts(id, files);
  if ("migration" in parsed) return parsed.migration;
  throw new Error(`Cannot use migration ${id} as its files cannot be read:\n${parsed.errors.join("\n")}`);
}

async function readParts(id: string, files: MigrationFiles): Promise<Parsed> {
  await loadParser();
  const errors: string[] = [];
  const manifest = parseManifest(files["migration.yaml"]);
  if ("errors" in manifest) errors.push(...manifest.errors);
  const read = (
    file: "expand.sql" | "sync.sql" | "contract.sql" | "undo.sql",
  ): readonly ParsedStatement[] => {
    const parsed = parseStatements(file, files[file] ?? "");
    if ("statements" in parsed) return parsed.statements;
    errors.push(...parsed.errors);
    return [];
  };
  const parts = {
    expand: read("expand.sql"),
    sync: read("sync.sql"),
    contract: read("contract.sql"),
    undo: read("undo.sql"),
  };
  if (errors.length > 0 || "errors" in manifest) return { errors: errors.map((error) => `${id}: ${error}`) };
  return { migration: { id, files, ...manifest.manifest, ...parts } };
}
