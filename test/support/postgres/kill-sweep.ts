// A migrate job that is killed after each of its statements in turn, and repeated.
import { expect } from "chai";
import type { MigrateSettings } from "../../../protocol/jobs/migrate-settings.ts";
import type { ReleaseBench } from "./release-bench.ts";

/** Thrown by an observer in place of a kill. */
export class Killed extends Error {}

/** One way of a release, and how to tell what it has come to. */
export interface Sweep {
  /** The database that it begins with, as saved under the database's name and this. */
  readonly template: string;
  readonly parts: Partial<MigrateSettings> & Pick<MigrateSettings, "goal">;
  /** After every how many statements it is killed. @default 1 */
  readonly stride?: number;
  /** Everything that must be the same at the end, a line each. */
  readonly state: () => Promise<string>;
  /** What both versions may write at that moment; whatever it leaves behind counts. */
  readonly write: (moment: string) => Promise<void>;
}

/**
 * Runs the way once as it is, then again and again, killed a statement later each time: the
 * repetition must come to the same.
 */
export async function endsTheSameWhereverKilled(bench: ReleaseBench, sweep: Sweep): Promise<void> {
  const { template, parts, stride = 1, state, write } = sweep;
  const { database } = bench;
  const start = () => database.resetTo(`${database.name}_${template}`);
  await start();
  let statements = 0;
  const counts = counting();
  await bench.reach(parts.goal, parts, {
    observe: (moment, text) => void (statements += counts(moment, text)),
  });
  const wanted = await state();
  expect(statements).to.be.greaterThan(8);

  for (let kill = 1; kill < statements; kill += stride) {
    const moment = `killed after statement ${kill}`;
    await start();
    await killedAfter(bench, kill, parts);
    await write(moment);
    await database.disconnect();
    const second = await bench.run(parts);
    expect(second.ok, `${moment}: ${second.summary}`).to.equal(true);
    expect(difference(wanted, await state()), moment).to.deep.equal([]);
  }
}

/** What the ledger holds, times aside, as one line. */
export async function ledgerLine(bench: ReleaseBench): Promise<string> {
  const ledger = await bench.query(
    "SELECT id, state, files, (SELECT array_agg(name ORDER BY name) FROM zero_downtime.step WHERE migration = id) AS steps, (SELECT jsonb_agg(jsonb_build_array(walk, cursor, until, rows) ORDER BY walk) FROM zero_downtime.progress WHERE migration = id) AS progress, (SELECT tables FROM zero_downtime.shape WHERE migration = id) AS shape FROM zero_downtime.migration ORDER BY id",
  );
  return JSON.stringify(ledger);
}

/** Kills contract before one of its statements, once that has been tried. */
export async function killedInContract(
  bench: ReleaseBench,
  parts: Partial<MigrateSettings>,
  statement: RegExp,
): Promise<void> {
  let isTrying = false;
  let isDead = false;
  const result = await bench.run(
    { ...parts, goal: "contracted" },
    {
      observe: (moment, text) => {
        if (text === "SAVEPOINT trial") isTrying = true;
        isDead ||= moment === "before" && !isTrying && statement.test(text);
        if (isDead) throw new Killed("killed");
        if (moment === "after" && text === "ROLLBACK") isTrying = false;
      },
    },
  );
  expect(isDead, result.summary).to.equal(true);
}

/**
 * Stops as a killed process does: nothing more is sent, and the server takes back what
 * was not committed.
 */
async function killedAfter(
  bench: ReleaseBench,
  kill: number,
  parts: Partial<MigrateSettings>,
): Promise<void> {
  let seen = 0;
  const counts = counting();
  const result = await bench.run(parts, {
    observe: (moment, text) => {
      if (seen >= kill) throw new Killed("killed");
      seen += counts(moment, text);
      if (seen >= kill) throw new Killed("killed");
    },
  });
  expect(result.ok).to.equal(false);
}

/** Lines of one text only. */
function difference(wanted: string, found: string): readonly string[] {
  const [left, right] = [wanted.split("\n"), found.split("\n")];
  return [
    ...left.filter((line) => !right.includes(line)).map((line) => `missing: ${line}`),
    ...right.filter((line) => !left.includes(line)).map((line) => `too much: ${line}`),
  ];
}

/**
 * A read changes nothing, nor does a BEGIN or what is only tried, so it does not matter whether the
 * kill comes before or after it.
 */
function counting(): (moment: "before" | "after", text: string) => number {
  let isTried = false;
  return (moment, text) => {
    if (text === "SAVEPOINT trial") isTried = true;
    if (text === "ROLLBACK") isTried = false;
    return moment === "after" && !isTried && !/^\s*(SELECT|SET|BEGIN|ROLLBACK|WITH)/.test(text) ? 1 : 0;
  };
}
