import { connectAsSuperuser } from "../../support/launch-postgres.ts";
import { SYNC_TRIGGERS } from "../../../schema/names.ts";
import { median } from "./statistics.ts";
import type { Prepared } from "./tables.ts";
import { reach } from "./run-job.ts";

/** Seconds of an UPDATE of all rows without and with the sync triggers; medians. */
export interface TriggerCost {
  readonly column: "unrelated" | "synced";
  readonly rows: number;
  readonly pairs: number;
  readonly without: number;
  readonly with: number;
  /** Median of the pairs' own ratios. */
  readonly ratio: number;
  readonly ratios: readonly number[];
}

/** Two copies of a filled table, one of them without triggers; the same statement on both, in alternating order, with a vacuum after each. */
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
    const time = async (table: string, text: string): Promise<number> => {
      await client.query(`VACUUM (ANALYZE) ${table}`);
      await client.query("CHECKPOINT");
      const begun = performance.now();
      await client.query(`UPDATE ${table} SET ${text}`);
      return (performance.now() - begun) / 1000;
    };
    const measure = async (
      column: TriggerCost["column"],
      text: (pair: number) => string,
    ): Promise<TriggerCost> => {
      const plain: number[] = [];
      const synced: number[] = [];
      for (let pair = 0; pair < pairs; pair++) {
        const halves = [
          async () => void plain.push(await time("plain", text(pair))),
          async () => void synced.push(await time("synced", text(pair))),
        ];
        for (const half of pair % 2 === 0 ? halves : halves.toReversed()) await half();
      }
      const ratios = synced.map((seconds, pair) => seconds / (plain[pair] ?? Number.NaN));
      return {
        column,
        rows,
        pairs,
        without: median(plain),
        with: median(synced),
        ratio: median(ratios),
        ratios,
      };
    };
    return [
      await measure("unrelated", (pair) => `city = 'City ${pair}'`),
      await measure("synced", (pair) => `street = 'Oak Road ' || (id + ${pair}) % 500`),
    ];
  } finally {
    await client.end();
  }
}
