import { LEDGER_SCHEMA } from "../sql/names.ts";
import { literal, list, sql } from "../sql/sql.ts";

/** What a ledger belongs to: one database holds one. */
export interface LedgerIdentity {
  /** Name of the application, `app.name` in the config. */
  readonly application: string;
  /** The application's schema. */
  readonly schema: string;
  /** Organization, project and name of the stack, with slashes between. */
  readonly stack: string;
}

const COLUMNS = [
  ["application", sql`application`],
  ["schema", sql`schema_name`],
  ["stack", sql`stack`],
] as const;

/**
 * Pure: why a release may not work on a ledger, with what to do about it; null where it is its own.
 */
export function foreignLedger(found: LedgerIdentity, ours: LedgerIdentity): string | null {
  const differing = COLUMNS.filter(([key]) => found[key] !== ours[key]);
  if (differing.length === 0) return null;
  const set = list(differing.map(([key, column]) => sql`${column} = ${literal(ours[key])}`));
  return (
    `this database's ledger belongs to ${described(found)}, and we are ${described(ours)}. One database holds one ledger: give this release a database of its own. ` +
    `Where this is the same release, its stack renamed or its database restored elsewhere, say so as the tables' owner: UPDATE ${LEDGER_SCHEMA}.identity SET ${set.text}`
  );
}

const described = ({ application, schema, stack }: LedgerIdentity): string =>
  `application ${application} in schema ${schema}, stack ${stack}`;
