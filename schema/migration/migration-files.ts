/** The files of a migration's folder, whole; the ledger keeps them like this. */
export interface MigrationFiles {
  readonly "migration.yaml": string;
  readonly "expand.sql": string;
  readonly "sync.sql"?: string | undefined;
  readonly "contract.sql"?: string | undefined;
  readonly "undo.sql"?: string | undefined;
}

export const FILE_NAMES = ["migration.yaml", "expand.sql", "sync.sql", "contract.sql", "undo.sql"] as const;
