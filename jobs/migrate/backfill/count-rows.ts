import { nthKey, type Key, type KeyRange, type Query } from "../../../schema/sql/key-ranges.ts";
import type { MappedTable } from "../../../schema/rows/mapped-rows.ts";
import { identifier } from "../../../schema/sql/sql.ts";
import { stopIfAsked } from "../interruption.ts";
import { ProgressLog } from "./progress-log.ts";
import type { Runner } from "../runner.ts";
import { nextBatchSize } from "./pacing.ts";
import { keyAt } from "./write-rows.ts";

/** The counts of a read-only walk. */
export interface Counts {
  rows: number;
  bad: number;
  second: number;
  /** Keys of the first few rows that are bad in either way. */
  readonly keys: string[];
}

const SAMPLE = 5;

/**
 * Longer than a writing step: a reader blocks nobody, but old row versions stay while its snapshot
 * lives.
 */
const STEP = { target: 100, least: 500, most: 50_000 } as const;

/**
 * A walk that only counts, over the whole table; `otherwise` takes over a range that PostgreSQL
 * refuses to count.
 */
export async function countRows(
  runner: Runner,
  mapped: MappedTable,
  label: string,
  estimate: number,
  query: (range: KeyRange) => Query,
  otherwise?: (range: KeyRange, error: unknown) => Promise<void>,
): Promise<Counts> {
  const counts: Counts = { rows: 0, bad: 0, second: 0, keys: [] };
  const progress = new ProgressLog(runner.log, label, estimate);
  const table = identifier(mapped.schema, mapped.active.mapping.table);
  let size = 2000;
  let after: Key | null = null;
  for (;;) {
    stopIfAsked(runner);
    const begun = performance.now();
    const upTo: Key | null = await keyAt(runner, nthKey(table, mapped.key, { after, upTo: null }, size));
    const text = query({ after, upTo });
    try {
      const [row] = await runner.worker.rows<Nullable<Counts>>(text.sql, text.values);
      counts.rows += row?.rows ?? 0;
      counts.bad += row?.bad ?? 0;
      counts.second += row?.second ?? 0;
      counts.keys.push(...(row?.keys ?? []).slice(0, SAMPLE - counts.keys.length));
      progress.add(row?.rows ?? 0);
      progress.tell();
    } catch (error) {
      if (otherwise === undefined) throw error;
      await otherwise({ after, upTo }, error);
    }
    if (upTo === null) return counts;
    after = upTo;
    size = nextBatchSize(size, performance.now() - begun, STEP);
  }
}

type Nullable<T> = { readonly [Name in keyof T]: T[Name] | null };
