import { fact, reach } from "../schema/run-job.ts";
import { fill, fillSeconds } from "../schema/fill-rates.ts";
import { addressBook } from "../schema/subject.ts";
import { Prepared } from "../schema/tables.ts";
import { median } from "../schema/statistics.ts";

/** Seconds to fill a table, and what its files and the log grow by; medians. */
export interface BackfillCost {
  readonly rows: number;
  readonly seconds: number;
  /** The look at every row that follows. */
  readonly verifySeconds: number;
  /** Of table and indexes, before and after. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly logBytes: number;
  readonly transactions: number;
}

interface ServerState extends Record<string, unknown> {
  readonly bytes: number;
  readonly log: number;
  readonly xid: number;
}

interface Run {
  readonly seconds: number;
  readonly verifySeconds: number;
  readonly before: ServerState;
  readonly after: ServerState;
}

const STATE = `SELECT pg_total_relation_size('address')::float8 AS bytes, (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8 AS log, pg_snapshot_xmax(pg_current_snapshot())::text::float8 AS xid`;

/** @param ranges that are written at once */
export async function backfillCost(
  port: number,
  rows: number,
  rounds: number,
  ranges = 1,
): Promise<BackfillCost> {
  const prepared = await Prepared.create(port, await addressBook(), rows);
  const state = async () => {
    const [found] = await prepared.database.query<ServerState>(STATE);
    if (found === undefined) throw new Error("Cannot measure as the server did not tell its state");
    return found;
  };
  const runs: Run[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      await prepared.reset();
      const before = await state();
      const seconds = fillSeconds(await fill(prepared, { ranges }));
      const after = await state();
      // The fill was ended where it was done: this ends what is left, and compares.
      const whole = await reach(prepared.database, prepared.subject, { goal: "filled" });
      const verified = await reach(prepared.database, prepared.subject, { goal: "verified" });
      if (fact(verified, "checkedRows") !== rows)
        throw new Error(`Cannot measure as not every row was compared: ${whole.result.summary}`);
      runs.push({ seconds, before, after, verifySeconds: fact(verified, "seconds") });
    }
    const of = (figure: (run: Run) => number) => median(runs.map(figure));
    return {
      rows,
      seconds: of((run) => run.seconds),
      verifySeconds: of((run) => run.verifySeconds),
      bytesBefore: of(({ before }) => before.bytes),
      bytesAfter: of(({ after }) => after.bytes),
      logBytes: of(({ before, after }) => after.log - before.log),
      transactions: of(({ before, after }) => after.xid - before.xid),
    };
  } finally {
    await prepared.drop();
  }
}
