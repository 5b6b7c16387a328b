import { sql } from "../../../schema/sql/sql.ts";
import { Refusal } from "../refusal.ts";
import type { Session } from "./session.ts";

/**
 * Settings of a database or a role that change what a statement means, which rows it sees, or how
 * long it may take. Those that an older server does not know are left out. Those of CREATE TABLE
 * (tablespace, access method) stay as they are: the operators of the database choose them.
 */
const PINNED = sql`
SELECT pg_catalog.set_config(name, wanted.value, false) FROM (VALUES
  ('search_path', ''), ('DateStyle', 'ISO, YMD'), ('TimeZone', 'UTC'), ('IntervalStyle', 'postgres'), ('extra_float_digits', '1'),
  ('bytea_output', 'hex'), ('client_encoding', 'UTF8'), ('lc_monetary', 'C'), ('lc_numeric', 'C'), ('lc_time', 'C'), ('xmlbinary', 'base64'), ('xmloption', 'content'),
  ('standard_conforming_strings', 'on'), ('backslash_quote', 'safe_encoding'), ('array_nulls', 'on'), ('transform_null_equals', 'off'), ('quote_all_identifiers', 'off'),
  ('check_function_bodies', 'on'), ('row_security', 'off'), ('gin_fuzzy_search_limit', '0'), ('restrict_nonsystem_relation_kind', ''),
  ('default_transaction_isolation', 'read committed'), ('default_transaction_read_only', 'off'), ('default_transaction_deferrable', 'off'), ('exit_on_error', 'off'),
  ('lock_timeout', '0'), ('statement_timeout', '0'), ('transaction_timeout', '0'), ('idle_session_timeout', '0'), ('idle_in_transaction_session_timeout', '60s'),
  ('client_connection_check_interval', '2s'), ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3')
) AS wanted (name, value) JOIN pg_catalog.pg_settings USING (name)
UNION ALL SELECT pg_catalog.set_config('synchronous_commit', 'on', false) WHERE pg_catalog.current_setting('synchronous_commit') = 'off'
UNION ALL SELECT pg_catalog.set_config('role', 'none', false)
UNION ALL SELECT pg_catalog.set_config('plpgsql.extra_errors', 'none', false)
UNION ALL SELECT pg_catalog.set_config('plpgsql.extra_warnings', 'none', false)`;

/**
 * Settings that only a superuser may change, and with which rows could be lost without an error.
 */
const RESTRICTED = sql`
SELECT name, setting, wanted.value, wanted.effect FROM (VALUES
  ('session_replication_role', 'origin', 'foreign keys and triggers of the application do not run'),
  ('zero_damaged_pages', 'off', 'the rows of a damaged page count as deleted'),
  ('ignore_checksum_failure', 'off', 'damaged pages are read as if they were not')
) AS wanted (name, value, effect) JOIN pg_catalog.pg_settings USING (name) WHERE setting <> wanted.value`;

interface Hostile extends Record<string, unknown> {
  readonly name: string;
  readonly setting: string;
  readonly value: string;
  readonly effect: string;
}

const INSUFFICIENT_PRIVILEGE = "42501";

/**
 * Gives a new session the settings on which our statements rely, whatever the role or the
 * database sets.
 * @throws {Refusal} where one stays that our login may not change, with the effect and what to run
 */
export async function pinSettings(session: Session): Promise<void> {
  await session.run(PINNED);
  for (const { name, setting, value, effect } of await session.rows<Hostile>(RESTRICTED)) {
    try {
      await session.run(sql`SELECT pg_catalog.set_config($1, $2, false)`, [name, value]);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      const login = process.env["PGUSER"] ?? "";
      throw new Refusal(
        `Cannot work as login ${login} as it has ${name} = ${setting}, under which ${effect}, and only a superuser may change that. Where the role or the database sets it, run ALTER ROLE "${login}" SET ${name} = ${value} as a superuser; nothing was changed`,
      );
    }
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === INSUFFICIENT_PRIVILEGE;
}

/** Whether the server is a standby, which takes no writes. */
export async function isStandby(session: Session): Promise<boolean> {
  const [row] = await session.rows<{ standby: boolean }>(
    sql`SELECT pg_catalog.pg_is_in_recovery() AS standby`,
  );
  return row?.standby ?? false;
}
