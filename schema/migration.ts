import { parseManifest, type Mapping } from "./manifest.ts";
import { MIGRATION_ID } from "./names.ts";
import { loadParser, parseStatements, type ParsedStatement } from "./parse-statements.ts";
import { phaseErrors } from "./phase-rules.ts";
import { undoErrors } from "./undo.ts";

/** The files of a migration's folder, whole; the ledger keeps them like this. */
export interface MigrationFiles {
  readonly "migration.yaml": string;
  readonly "expand.sql": string;
  readonly "sync.sql"?: string | undefined;
  readonly "contract.sql"?: string | undefined;
  readonly "undo.sql"?: string | undefined;
}

export const FILE_NAMES = ["migration.yaml", "expand.sql", "sync.sql", "contract.sql", "undo.sql"] as const;

/** One step of the schema's history, understood. */
export interface Migration {
  /** Its folder's name, such as `0002-split-street`. */
  readonly id: string;
  readonly files: MigrationFiles;
  readonly description: string;
  readonly mappings: readonly Mapping[];
  readonly expand: readonly ParsedStatement[];
  readonly sync: readonly ParsedStatement[];
  readonly contract: readonly ParsedStatement[];
  /** What undoes the statements of expand.sql for which nothing can be derived. */
  readonly undo: readonly ParsedStatement[];
}

/** Reads one migration; errors are all of them, each with the file and, in SQL, the line. */
export async function parseMigration(
  id: string,
  files: MigrationFiles,
): Promise<{ readonly migration: Migration } | { readonly errors: readonly string[] }> {
  await loadParser();
  const errors: string[] = [];
  if (!MIGRATION_ID.test(id) || id.length > 40) {
    errors.push(
      `the folder's name must be four digits and words, of at most 40 characters, like 0002-split-street: it is ${id}`,
    );
  }
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

  const migration: Migration = { id, files, ...manifest.manifest, ...parts };
  const broken = [...phaseErrors(migration), ...undoErrors(migration)];
  return broken.length > 0 ? { errors: broken.map((error) => `${id}: ${error}`) } : { migration };
}

/** As `parseMigration`, of files that were accepted before. @throws {Error} with all errors when they no longer are */
export async function acceptedMigration(id: string, files: MigrationFiles): Promise<Migration> {
  const parsed = await parseMigration(id, files);
  if ("migration" in parsed) return parsed.migration;
  throw new Error(`Cannot use migration ${id} as its files are not valid:\n${parsed.errors.join("\n")}`);
}
