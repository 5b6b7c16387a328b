import { LEDGER_SCHEMA } from "../../../schema/sql/names.ts";
import { identifier, sql, type Sql } from "../../../schema/sql/sql.ts";
import type { Signs } from "./throttle.ts";
import type { Session } from "../database/session.ts";
import { WritesOfOthers } from "./foreign-writes.ts";

/** The median is taken over this many pulses. */
const PULSES = 5;

/**
 * Measures how the database copes with the load. The lag of replicas is visible only to a member of
 * pg_read_all_stats, everything else to anybody.
 *
 * How fast the application's own writes are is measured with a pulse: a test write of one row in
 * the ledger's schema, committed as the application's rows are. It goes through CPU, WAL, disk and
 * synchronous replica like any write, needs no right to see anybody's statements, and touches no
 * row, trigger or sequence of the application.
 */
export class SignsReader {
  readonly #session: Session;
  readonly #table: Sql;
  readonly #processIds: readonly number[];
  readonly #pulses: number[] = [];
  readonly #writes = new WritesOfOthers();

  /** @param session another than those that write @param processIds of those that write */
  constructor(session: Session, schema: string, table: string, processIds: readonly number[]) {
    this.#session = session;
    this.#table = identifier(schema, table);
    this.#processIds = processIds;
  }

  async read(): Promise<Signs> {
    const pulseMilliseconds = await this.#pulse();
    const [row] = await this.#session.rows<{ signs: Seen }>(
      SIGNS,
      [this.#table.text, this.#processIds],
      "repeated",
    );
    if (row === undefined) throw new Error("Cannot read the load of the database as it returned no row");
    const { nextId, ...signs } = row.signs;
    return { ...signs, pulseMilliseconds, writesOfOthers: this.#writes.rate(nextId, performance.now()) };
  }

  /** A step of the walk is about to begin, whose transaction does not count as foreign. */
  ownStep(): void {
    this.#writes.own();
  }

  async #pulse(): Promise<number> {
    this.#writes.own();
    const begun = performance.now();
    await this.#session.run(PULSE);
    this.#pulses.push(performance.now() - begun);
    if (this.#pulses.length > PULSES) this.#pulses.shift();
    return this.#pulses.toSorted((left, right) => left - right)[Math.floor(this.#pulses.length / 2)] ?? 0;
  }
}

type Seen = Omit<Signs, "pulseMilliseconds" | "writesOfOthers"> & { readonly nextId: number };

const PULSE = sql`UPDATE ${identifier(LEDGER_SCHEMA, "pulse")} SET at = pg_catalog.clock_timestamp()`;

// $1 the table, $2 our writing processes
const SIGNS = sql`SELECT jsonb_build_object(
  'replicas', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', nullif(application_name, ''),
      'secondsBehind', extract(epoch FROM replay_lag),
      'bytesBehind', CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL ELSE pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), replay_lsn) END)), '[]')
    FROM pg_catalog.pg_stat_replication WHERE state = 'streaming'),
  'hiddenReplicas', (SELECT count(*) FROM pg_catalog.pg_stat_replication WHERE state IS NULL),
  'nextId', pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint,
  'waiting', (SELECT count(DISTINCT pid) FROM pg_catalog.pg_locks
    WHERE NOT granted AND pid <> ALL ($2::int[]) AND waitstart < clock_timestamp() - interval '500 milliseconds'),
  'heldUp', (SELECT count(DISTINCT pid) FROM pg_catalog.pg_locks
    WHERE NOT granted AND pid <> ALL ($2::int[]) AND pg_catalog.pg_blocking_pids(pid) && $2::int[]),
  'deadRows', (SELECT coalesce(max(n_dead_tup), 0) FROM pg_catalog.pg_stat_all_tables WHERE relid = $1::text::regclass),
  'liveRows', (SELECT greatest(reltuples, 0) FROM pg_catalog.pg_class WHERE oid = $1::text::regclass)
) AS signs`;
