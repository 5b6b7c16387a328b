import { asAdmin, type Target } from "../target.ts";

/** What `psql` shows of the application's database. */
export interface SchemaSight {
  /** Columns of the address book's table, each with its type and whether it is required. */
  readonly columns: readonly string[];
  readonly triggers: readonly string[];
  /** Checks and keys; one that has not been validated says so. NOT NULL shows in the columns. */
  readonly constraints: readonly string[];
  readonly indexes: readonly string[];
  readonly tables: readonly string[];
  /** Migrations by how far they are. */
  readonly ledger: Readonly<Record<string, string>>;
  /** Roles of the release, with what they are members of. */
  readonly roles: readonly string[];
}

const COLUMNS = `SELECT concat(attname, ' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN ' required' END) AS it
  FROM pg_attribute WHERE attrelid = 'public.address'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname`;
const TRIGGERS = `SELECT tgname AS it FROM pg_trigger WHERE tgrelid = 'public.address'::regclass AND NOT tgisinternal ORDER BY 1`;
const CONSTRAINTS = `SELECT concat(conname, CASE WHEN NOT convalidated THEN ' not valid' END) AS it
  FROM pg_constraint WHERE conrelid = 'public.address'::regclass AND contype <> 'n' ORDER BY 1`;
const INDEXES = `SELECT concat(relname, CASE WHEN NOT indisvalid THEN ' invalid' END) AS it
  FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid = 'public.address'::regclass ORDER BY 1`;
const TABLES = `SELECT relname AS it FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') ORDER BY 1`;
const LEDGER = `SELECT concat(id, ' ', state) AS it FROM zero_downtime.migration ORDER BY 1`;
const ROLES = `SELECT concat(r.rolname, CASE WHEN r.rolcanlogin THEN ' login' END,
    (SELECT ' in ' || string_agg(g.rolname, ', ' ORDER BY g.rolname) FROM pg_auth_members JOIN pg_roles AS g ON g.oid = roleid WHERE member = r.oid)) AS it
  FROM pg_roles AS r WHERE starts_with(r.rolname, current_database() || '_') ORDER BY 1`;

export function schemaSight(target: Target, database: string): Promise<SchemaSight> {
  return asAdmin(target, database, async (client) => {
    const list = async (text: string) => (await client.query<{ it: string }>(text)).rows.map(({ it }) => it);
    return {
      columns: await list(COLUMNS),
      triggers: await list(TRIGGERS),
      constraints: await list(CONSTRAINTS),
      indexes: await list(INDEXES),
      tables: await list(TABLES),
      ledger: Object.fromEntries((await list(LEDGER)).map((line) => line.split(" "))) as Record<
        string,
        string
      >,
      roles: (await list(ROLES)).map((role) => role.replaceAll(`${database}_`, "")),
    };
  });
}
