import { POSTGRES } from "../../../schema/sql/compare.ts";
import type { Facts } from "../../../schema/state/catalog.ts";
import { BY_KEY, BY_PLACE, countAll, countInOrder } from "../../../schema/rows/key-proof.ts";
import { identifier, sql } from "../../../schema/sql/sql.ts";
import type { ActiveMapping } from "../../../schema/sync/mapping-kind.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";

interface Counts extends Record<string, unknown> {
  readonly rows: number;
  readonly misplaced?: number;
}

/**
 * A walk sees the rows that an index of the key leads to. Both counts are of one snapshot, so
 * whatever others write meanwhile, they are equal unless the index is damaged: by a collation that
 * sorts otherwise after an upgrade of the operating system, or by the hardware.
 * @throws {Refusal} with the table and its key where they differ
 */
export async function proveKeys(runner: Runner, { mapping }: ActiveMapping, facts: Facts): Promise<void> {
  await proveKey(runner, mapping.table, mapping.key, facts);
  const { other } = mapping;
  if (other !== undefined && facts.tables[other.table] !== undefined)
    await proveKey(runner, other.table, other.key, facts);
}

async function proveKey(
  { worker, settings }: Runner,
  table: string,
  key: readonly string[],
  facts: Facts,
): Promise<void> {
  const place = identifier(settings.schema, table);
  const known = facts.tables[table]?.columns;
  const by = key.map((name) => known?.[name]?.comparison ?? POSTGRES);
  const [there, led] = await worker.trial(async () => {
    await worker.run(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`);
    await worker.run(BY_PLACE);
    const byPlace = await worker.rows<Counts>(countAll(place));
    await worker.run(BY_KEY);
    return [byPlace[0], (await worker.rows<Counts>(countInOrder(place, key, by)))[0]] as const;
  });
  const { rows = 0 } = there ?? {};
  const { rows: found = 0, misplaced = 0 } = led ?? {};
  if (found === rows && misplaced === 0) return;
  const what =
    found === rows
      ? `its order breaks at ${misplaced} of ${rows} rows`
      : `${table} has ${rows} rows, and the index leads to ${found}`;
  throw new Refusal(
    `Cannot trust a walk over ${table} as an index of its key (${key.join(", ")}) is damaged: ${what}. It was probably made under another version of its collation, or on failing hardware. Run REINDEX TABLE CONCURRENTLY ${place.text}, then repeat the stage; nothing was dropped`,
    { rows, rowsByKey: found, misplacedRows: misplaced },
  );
}
