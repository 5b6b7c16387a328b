// A whole release of a large table with its abort and its way back, under writers of both versions.
import { runMigrate } from "../../jobs/migrate/migrate.ts";
import type { MigrateSettings } from "../../protocol/jobs/migrate-settings.ts";
import { migrateSettingsFor } from "../support/postgres/migrate-settings.ts";
import type { TestDatabase } from "../support/postgres/test-database.ts";
import { BookWriters, type Acknowledged, type Address, type Form } from "./book-writers.ts";

const OLD = "0001-create-address";
const NEW = "0002-split-street";
const FORWARD = { from: OLD, to: NEW };
const BACK = { from: NEW, to: OLD };
const WRITERS = 3;

export interface StageFigures {
  readonly stage: string;
  readonly seconds: number;
  readonly rows: number;
  readonly writes: number;
  readonly slowestWriteMilliseconds: number;
  readonly failures: readonly string[];
  /** Rows of which the two forms disagree; null where there is one form only. */
  readonly differing: number | null;
  /** Acknowledged writes that were looked for, and of how many something else was found. */
  readonly acknowledged: number;
  readonly missing: number;
  readonly summary: string;
}

/** One stage: the job's settings, and who writes meanwhile. */
type Stage = readonly [name: string, writing: readonly Form[], goal: Partial<MigrateSettings>];

/** Runs all stages in turn; a stage that fails ends the walk with an error. */
export async function walk(
  database: TestDatabase,
  rows: number,
  log: (line: string) => void,
): Promise<readonly StageFigures[]> {
  const { blue, green } = database.roles;
  const stages: readonly Stage[] = [
    ["expand", ["old"], { goal: "expanded", ...FORWARD }],
    ["backfill", ["old"], { goal: "filled", ...FORWARD }],
    ["canary, both versions", ["old", "new"], { goal: "verified", ...FORWARD }],
    ["abort: undo", ["old"], { goal: "base", from: OLD, to: OLD, vacate: green }],
    ["expand again", ["old"], { goal: "expanded", ...FORWARD }],
    ["backfill again", ["old"], { goal: "filled", ...FORWARD }],
    ["switch, both versions", ["old", "new"], { goal: "verified", ...FORWARD, record: "switched" }],
    ["rolled back: the old version alone", ["old"], { goal: "verified", ...FORWARD }],
    ["contract", ["new"], { goal: "contracted", ...FORWARD, vacate: blue }],
    ["restore: expand", ["new"], { goal: "expanded", ...BACK }],
    ["restore: backfill", ["new"], { goal: "filled", ...BACK }],
    ["restore: both versions", ["new", "old"], { goal: "verified", ...BACK, record: "switched" }],
    ["restore: contract", ["old"], { goal: "contracted", ...BACK, vacate: green }],
  ];
  await reach(database, { goal: "base", to: OLD, first: true });
  log(`Filling ${rows} rows`);
  await database.query(
    "INSERT INTO address (name, street) SELECT 'row', 'Street ' || i FROM generate_series(1, $1) AS i",
    [rows],
  );
  await database.query("ANALYZE address");
  const writers = new BookWriters(2 * WRITERS, rows);
  const figures: StageFigures[] = [];
  for (const stage of stages) {
    figures.push(await oneStage(database, writers, stage));
    log(told(figures.at(-1)));
  }
  return figures;
}

async function oneStage(
  database: TestDatabase,
  writers: BookWriters,
  [stage, writing, settings]: Stage,
): Promise<StageFigures> {
  const begun = performance.now();
  const before = writers.writes;
  writers.slowest = 0;
  for (const form of writing) {
    const login = form === "old" ? database.roles.blue : database.roles.green;
    const clients = await Promise.all(
      Array.from({ length: WRITERS }, () => database.connect(login, `${form} version`)),
    );
    writers.start(form, clients);
  }
  let summary: string;
  try {
    summary = await reach(database, settings);
  } finally {
    await writers.stop();
    await database.disconnect();
  }
  const seconds = (performance.now() - begun) / 1000;
  const [count] = await database.query<{ n: number }>("SELECT count(*)::int AS n FROM address");
  const columns = await columnsOf(database);
  // Before the backfill the version that serves is the only one, and sees its own form.
  const isUnfilled = settings.goal === "expanded";
  const forms = (isUnfilled ? COLUMNS[writing[0] ?? "old"] : [...COLUMNS.old, ...COLUMNS.new]).filter(
    (column) => columns.includes(column),
  );
  return {
    stage,
    seconds,
    rows: count?.n ?? 0,
    writes: writers.writes - before,
    slowestWriteMilliseconds: writers.slowest,
    failures: [...writers.failures],
    differing: await differing(database, columns, isUnfilled),
    acknowledged: writers.acknowledged.size,
    missing: await missing(database, writers.acknowledged, forms),
    summary,
  };
}

async function reach(database: TestDatabase, parts: Partial<MigrateSettings>): Promise<string> {
  const settings = migrateSettingsFor(database, { deadlineSeconds: 1800, ...parts });
  const context = { log: () => undefined, signal: new AbortController().signal };
  const result = await runMigrate(settings, context, {});
  if (!result.ok) throw new Error(result.summary);
  return result.summary;
}

async function columnsOf(database: TestDatabase): Promise<readonly string[]> {
  const rows = await database.query<{ name: string }>(
    "SELECT attname AS name FROM pg_attribute WHERE attrelid = 'address'::regclass AND attnum > 0 AND NOT attisdropped",
  );
  return rows.map((row) => row.name);
}

/**
 * Asked in words of its own, not in the job's; before the backfill rows that nobody has written are
 * left out.
 */
async function differing(
  database: TestDatabase,
  columns: readonly string[],
  isUnfilled: boolean,
): Promise<number | null> {
  if (!columns.includes("street") || !columns.includes("street_name")) return null;
  const [schema] = await database.query<{ name: string }>(
    "SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE nspname LIKE 'zero\\_downtime\\_%'",
  );
  const name = schema?.name ?? "";
  const [row] = await database.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM address AS a CROSS JOIN LATERAL ${name}.split_street(a.street) AS made (n, h)
     WHERE NOT ((a.street_name IS NOT DISTINCT FROM made.n AND a.house_number IS NOT DISTINCT FROM made.h)
       OR a.street IS NOT DISTINCT FROM ${name}.join_street(a.street_name, a.house_number))
     AND NOT ($1 AND (a.street IS NULL OR a.street_name IS NULL))`,
    [isUnfilled],
  );
  return row?.n ?? 0;
}

const COLUMNS = { old: ["street"], new: ["street_name", "house_number"] } as const;

const CHUNK = 20_000;

/** How many acknowledged writes are not in the table, looked at in these columns. */
async function missing(
  database: TestDatabase,
  acknowledged: Acknowledged,
  forms: readonly (keyof Address)[],
): Promise<number> {
  const ids = [...acknowledged.keys()];
  let count = 0;
  for (let at = 0; at < ids.length; at += CHUNK) {
    const part = ids.slice(at, at + CHUNK);
    const rows = await database.query<Record<string, string | null>>(
      `SELECT id, ${forms.join(", ")} FROM address WHERE id = ANY ($1::bigint[])`,
      [part],
    );
    const found = new Map(rows.map((row) => [row["id"], row]));
    for (const id of part) {
      const wanted = acknowledged.get(id) ?? null;
      const row = found.get(id);
      const isSame =
        wanted === null ? row === undefined : forms.every((form) => row?.[form] === wanted[form]);
      if (!isSame) count++;
    }
  }
  return count;
}

/** A stage in one line. */
export function told(figures: StageFigures | undefined): string {
  if (figures === undefined) return "";
  const { stage, seconds, rows, writes, slowestWriteMilliseconds, differing, acknowledged, missing } =
    figures;
  return `${stage}: ${seconds.toFixed(1)} s, ${rows} rows, ${writes} writes (slowest ${slowestWriteMilliseconds.toFixed(0)} ms, ${figures.failures.length} failed), ${differing === null ? "one form" : `${differing} rows disagree`}, ${missing} of ${acknowledged} acknowledged writes missing. ${figures.summary}`;
}
