import type { Facts } from "../../../schema/state/catalog.ts";
import type { MappedTable } from "../../../schema/rows/mapped-rows.ts";
import { probes, type Labels, type Probe } from "../../../schema/checks/mapping-probes.ts";
import { sql } from "../../../schema/sql/sql.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";

/** The results for values that a version may write. */
interface Found extends Record<string, unknown> {
  readonly given: string;
  readonly at_limit: boolean;
  readonly state: string;
  readonly message: string;
}

/**
 * Too long, out of range, a date that the other type does not reach: a type of another size does
 * not hold the value, whatever the function does.
 */
const SIZES = ["22001", "22003", "22008"];
const NO_VALUE = "23502";
/**
 * From the sixth call in a session on, PostgreSQL refuses a function that returns char(n) as
 * varchar by a plain cast, whatever the value.
 */
const WRONG_TYPE = "42804";
const MOST_NAMED = 4;

/**
 * Tries values that either version may write, by the types of their columns. A value of the old
 * version that cannot be carried over is accepted, and noted.
 *
 * @throws {Refusal} when the new version would be refused what it may write, unless the old columns
 *   could not hold it; or when a function raises that was known not to
 */
export async function refuseProbes(runner: Runner, mapped: MappedTable, facts: Facts): Promise<void> {
  const labels = await readLabels(runner);
  for (const probe of probes(mapped, facts.tables, labels)) {
    const found = await runner.worker.trial(async () => {
      await runner.worker.run(probe.create);
      return runner.worker.rows<Found>(probe.query);
    });
    const refused = found.find((one) => !isAccepted(probe, one));
    if (refused !== undefined) throw refusal(probe, refused);
    const isCaught = probe.version === "old" && (probe.mayFail || probe.mayLack);
    if (found.length > 0 || isCaught) runner.log(note(probe, found));
  }
}

function isAccepted({ version, mayFail, mayLack }: Probe, { state, at_limit }: Found): boolean {
  if (state === WRONG_TYPE) return false;
  if (version === "new") return state !== NO_VALUE && (mayFail || at_limit || SIZES.includes(state));
  return state === NO_VALUE ? mayLack : mayFail;
}

function refusal(probe: Probe, { given, state, message }: Found): Refusal {
  const what = `the ${probe.version} version may write`;
  return new Refusal(
    state === NO_VALUE
      ? `Cannot expand as ${probe.function} must not make NULL of what ${what}: for (${given}) it leaves ${probe.required.join(", ")} without a value, and that column requires one. Change the function, or make the column optional; nothing was added`
      : `Cannot expand as ${probe.function} must accept whatever ${what}: for (${given}) it raises "${message}". ${state === WRONG_TYPE ? "Let it return its value as text, as in RETURN v::text" : "Change the function"}; nothing was added`,
  );
}

function note({ version, function: name }: Probe, found: readonly Found[]): string {
  const such = found.slice(0, MOST_NAMED).map(({ given, message }) => `(${given}): ${message}`);
  const more =
    found.length > MOST_NAMED ? `; and ${found.length - MOST_NAMED} more of those that were tried` : "";
  const examples = found.length === 0 ? "" : `, such as ${such.join("; ")}${more}`;
  return version === "old"
    ? `NOTE: the old version may write what ${name} cannot carry over${examples}. Such a write goes through and its row is noted; deploy waits until a person has dealt with it`
    : `NOTE: the new version may write what the old columns cannot hold${examples}. Such a write is refused until contract`;
}

/** Of types that the search path finds, by the names under which the catalog prints them. */
async function readLabels(runner: Runner): Promise<Labels> {
  const rows = await runner.worker.rows<{ type: string; labels: string[] }>(
    sql`SELECT name.type, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels FROM pg_catalog.pg_enum AS e JOIN pg_catalog.pg_type AS t ON t.oid = e.enumtypid JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace CROSS JOIN LATERAL (VALUES (t.typname::text), (n.nspname || '.' || t.typname)) AS name(type) GROUP BY name.type, t.oid`,
  );
  return Object.fromEntries(rows.map(({ type, labels }) => [type, labels]));
}
