import type pg from "pg";
import { connectAsSuperuser } from "../../support/postgres/launch-postgres.ts";
import { SYNC_TRIGGERS } from "../../../schema/sql/names.ts";
import { median } from "./statistics.ts";
import type { Prepared } from "./tables.ts";
import { reach } from "./run-job.ts";

/**
 * Seconds of an UPDATE of all rows without and with the sync triggers, or of a mapped column
 * without and with the form that catches; medians.
 */
export interface TriggerCost {
  readonly column: "unrelated" | "synced" | "caught";
  readonly rows: number;
  readonly pairs: number;
  readonly without: number;
  readonly with: number;
  /** Median of the pairs' own ratios. */
  readonly ratio: number;
  readonly ratios: readonly number[];
}

/** Two copies of a filled table, one of them without triggers; the same statement on both. */
export async function triggerCost(prepared: Prepared, pairs: number): Promise<readonly TriggerCost[]> {
  const { database, subject, rows } = prepared;
  await prepared.reset();
  await reach(database, subject, { goal: "filled" });
  const client = await connectAsSuperuser(database.port, database.name);
  try {
    for (const copy of ["plain", "synced"]) {
      await client.query(`CREATE TABLE ${copy} (LIKE address INCLUDING ALL)`);
      await client.query(`INSERT INTO ${copy} SELECT * FROM address`);
    }
    const definitions = await client.query<{ definition: string }>(
      "SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgrelid = 'address'::regclass AND tgname = ANY ($1)",
      [SYNC_TRIGGERS],
    );
    for (const { definition } of definitions.rows) {
      await client.query(definition.replace(" ON public.address ", " ON public.synced "));
    }
    const measure = async (
      column: TriggerCost["column"],
      text: (pair: number) => string,
    ): Promise<TriggerCost> => ({
      column,
      rows,
      ...(await compared(
        pairs,
        (pair) => timed(client, "plain", text(pair)),
        (pair) => timed(client, "synced", text(pair)),
      )),
    });
    return [
      await measure("unrelated", (pair) => `city = 'City ${pair}'`),
      await measure("synced", anotherStreet),
    ];
  } finally {
    await client.end();
  }
}

/**
 * The same table twice, filled by a mapping that is known never to fail and by one that is caught;
 * the same statement on both.
 */
export async function catchingCost(plain: Prepared, caught: Prepared, pairs: number): Promise<TriggerCost> {
  const clients: pg.Client[] = [];
  try {
    for (const { database, subject } of [plain, caught]) {
      await reach(database, subject, { goal: "filled" });
      clients.push(await connectAsSuperuser(database.port, database.name));
    }
    const [without, with_] = clients.map(
      (client) => (pair: number) => timed(client, "address", anotherStreet(pair)),
    );
    if (without === undefined || with_ === undefined) throw new Error("Cannot compare as a table is missing");
    return { column: "caught", rows: plain.rows, ...(await compared(pairs, without, with_)) };
  } finally {
    for (const client of clients) await client.end();
  }
}

const anotherStreet = (pair: number) => `street = 'Oak Road ' || (id + ${pair}) % 500`;

async function timed(client: pg.Client, table: string, text: string): Promise<number> {
  await client.query(`VACUUM (ANALYZE) ${table}`);
  await client.query("CHECKPOINT");
  const begun = performance.now();
  await client.query(`UPDATE ${table} SET ${text}`);
  return (performance.now() - begun) / 1000;
}

/** Both halves of each pair, in alternating order. */
async function compared(
  pairs: number,
  one: (pair: number) => Promise<number>,
  other: (pair: number) => Promise<number>,
): Promise<Pick<TriggerCost, "pairs" | "without" | "with" | "ratio" | "ratios">> {
  const plain: number[] = [];
  const synced: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const halves = [
      async () => void plain.push(await one(pair)),
      async () => void synced.push(await other(pair)),
    ];
    for (const half of pair % 2 === 0 ? halves : halves.toReversed()) await half();
  }
  const ratios = synced.map((seconds, pair) => seconds / (plain[pair] ?? Number.NaN));
  return { pairs, without: median(plain), with: median(synced), ratio: median(ratios), ratios };
}
