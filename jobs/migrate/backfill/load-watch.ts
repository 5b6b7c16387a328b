import { setTimeout as sleep } from "node:timers/promises";
import { sql, type Sql } from "../../../schema/sql/sql.ts";
import { stopIfAsked } from "../interruption.ts";
import { type Limits } from "../../../protocol/jobs/backfill-limits.ts";
import { needsVacuum, pressure, type Signs } from "./throttle.ts";
import type { Runner } from "../runner.ts";
import { messageOf } from "../database/database-errors.ts";
import { SignsReader } from "./load-metrics.ts";
import { ALONE, isFelt, nextPace, type Pace } from "./pacing.ts";

const LOOK_MILLISECONDS = 250;
/** While others write: so soon the pace follows what they feel. */
const LOOK_BESIDE_OTHERS_MILLISECONDS = 100;
/** What is measured before the first row is written. */
const FIRST_LOOKS = 5;
/** Even a load that never ends does not stop the walk: at least one step is done in this time. */
const LONGEST_PAUSE_MILLISECONDS = 60_000;
const PAUSE_MILLISECONDS = 25;
const TELL_MILLISECONDS = 5_000;
const LONGEST_REST_MILLISECONDS = 1_000;

/**
 * Checks several times a second, in a session of its own, how the database copes with a walk, and
 * makes the walk wait.
 */
export class LoadWatch {
  readonly #runner: Runner;
  readonly #reader: SignsReader;
  readonly #limits: Limits;
  readonly #before: Signs;
  readonly #ended = new AbortController();
  readonly #loop: Promise<void>;
  #now: Signs;
  #pace: Pace = ALONE;
  #failure: Error | undefined;
  #kept = 0;
  #told = -Infinity;
  #pauses = 0;
  #pausedMilliseconds = 0;
  #restedMilliseconds = 0;
  #owedMilliseconds = 0;
  #hasToldRests = false;
  #relief: Promise<void> | undefined;
  #cleaning: Promise<void> | undefined;

  private constructor(runner: Runner, reader: SignsReader, before: Signs) {
    this.#runner = runner;
    this.#reader = reader;
    this.#limits = runner.settings.limits;
    this.#before = before;
    this.#now = before;
    this.#steer();
    this.#loop = this.#look();
  }

  /** Measures how the database is before the walk begins. @param lanes those that will write */
  static async begin(runner: Runner, table: string, lanes: readonly Runner[]): Promise<LoadWatch> {
    const writing = await Promise.all(lanes.map(({ worker }) => worker.processId()));
    const reader = new SignsReader(runner.watcher, runner.settings.schema, table, writing);
    let before = await reader.read();
    for (let look = 1; look < FIRST_LOOKS; look++) before = await reader.read();
    if (before.hiddenReplicas > 0) {
      runner.log(
        `Cannot see how far ${before.hiddenReplicas} replicas are behind, so nothing waits for them: the migrator needs GRANT pg_read_all_stats`,
      );
    }
    return new LoadWatch(runner, reader, before);
  }

  /**
   * Returns at once when nothing is too much, else as soon as that is over, or after a minute.
   * `pausing` is told the reason of a longer pause.
   * @throws {Refusal} at the deadline and on SIGTERM
   */
  async relief(pausing: (reason: string) => Promise<void>): Promise<void> {
    // All lanes share one pause.
    if (this.#relief === undefined && this.#strain() === null) return;
    this.#relief ??= this.#pause(pausing).finally(() => (this.#relief = undefined));
    await this.#relief;
  }

  /** The pace of the walk now. */
  get pace(): Pace {
    return this.#pace;
  }

  /** Whether others feel the walk, so that it rests longer than it does anyway. */
  get #isFelt(): boolean {
    return isFelt(this.#now, this.#before, this.#limits);
  }

  /** Called before each step, so that its transaction is not taken for a foreign one. */
  stepBegins(): void {
    this.#reader.ownStep();
  }

  /** Leaves CPU, WAL and rows to others for a while, after a step whose work took this long. */
  async rest(workMilliseconds: number): Promise<void> {
    const { rest } = this.#pace;
    if (rest === 0) return;
    if (this.#isFelt) this.#tellRests();
    this.#owedMilliseconds += workMilliseconds * rest;
    // A timer knows whole milliseconds: what is less is rested after a later step.
    if (this.#owedMilliseconds < 1) return;
    const milliseconds = Math.min(Math.floor(this.#owedMilliseconds), LONGEST_REST_MILLISECONDS);
    const begun = performance.now();
    await sleep(milliseconds, undefined, { signal: this.#runner.signal }).catch(() => undefined);
    const rested = performance.now() - begun;
    this.#owedMilliseconds = Math.max(0, this.#owedMilliseconds - rested);
    this.#restedMilliseconds += rested;
    this.#runner.figures.restedSeconds += rested / 1000;
  }

  #tellRests(): void {
    if (this.#hasToldRests) return;
    this.#hasToldRests = true;
    const [now, before] = [this.#now, this.#before].map(({ pulseMilliseconds }) =>
      pulseMilliseconds.toFixed(1),
    );
    this.#runner.log(
      `Others write ${Math.round(this.#now.writesOfOthers)} times a second, and a write of one row takes ${now} ms (${before} ms before): resting longer after each step for as long as that lasts`,
    );
  }

  async #pause(pausing: (reason: string) => Promise<void>): Promise<void> {
    let reason = this.#strain();
    if (reason === null) return;
    const begun = performance.now();
    const tells = begun - this.#told > TELL_MILLISECONDS;
    if (tells) {
      this.#runner.log(`Pausing: ${reason}`);
      this.#told = begun;
    }
    let isNoted = false;
    for (let now = this.#strain(); now !== null; now = this.#strain()) {
      reason = now;
      const waited = performance.now() - begun;
      if (waited > LOOK_MILLISECONDS && !isNoted) await pausing(reason);
      isNoted ||= waited > LOOK_MILLISECONDS;
      stopIfAsked(this.#runner, `it was pausing, as ${reason}`);
      if (waited > LONGEST_PAUSE_MILLISECONDS) break;
      await sleep(PAUSE_MILLISECONDS);
    }
    const milliseconds = performance.now() - begun;
    this.#pauses++;
    this.#pausedMilliseconds += milliseconds;
    const { figures } = this.#runner;
    figures.pauses++;
    figures.pausedSeconds += milliseconds / 1000;
    if (milliseconds > LONGEST_PAUSE_MILLISECONDS) {
      this.#runner.log(`Doing one step all the same after ${inSeconds(milliseconds)}, as ${reason}`);
    } else if (tells) this.#runner.log(`Going on after a pause of ${inSeconds(milliseconds)}`);
  }

  /**
   * Removes dead rows where they have become too many; the runner's own session does it between two
   * of its steps, and all lanes wait.
   * @param isFree whether that session is in no step: its own lane asks, or has ended
   */
  async clean(table: Sql, isFree: boolean): Promise<void> {
    if (isFree && this.#cleaning === undefined && needsVacuum(this.#now, this.#kept, this.#limits))
      this.#cleaning = this.#vacuum(table).finally(() => (this.#cleaning = undefined));
    await this.#cleaning;
  }

  async #vacuum(table: Sql): Promise<void> {
    const { worker, log } = this.#runner;
    log(`Pausing: ${this.#now.deadRows} dead rows are removed before more are made`);
    const begun = performance.now();
    await worker.run(VACUUM_SETTINGS);
    // Truncating the table would need an exclusive lock.
    await worker.run(sql`VACUUM (SKIP_LOCKED, TRUNCATE false, PARALLEL 0) ${table}`);
    await worker.run(sql`RESET vacuum_cost_delay`);
    await worker.run(sql`RESET vacuum_cost_limit`);
    this.#now = await this.#reader.read();
    this.#kept = this.#now.deadRows;
    const milliseconds = performance.now() - begun;
    this.#runner.figures.vacuums++;
    this.#runner.figures.pausedSeconds += milliseconds / 1000;
    const left = this.#kept > 0 ? `; ${this.#kept} are still there, or needed by an open transaction` : "";
    log(`Going on after a pause of ${inSeconds(milliseconds)}${left}`);
  }

  /** What the walk waited for in total, for people; empty if it did not. */
  get account(): string {
    const pauses =
      this.#pauses > 0 ? `, ${this.#pauses} pauses of ${inSeconds(this.#pausedMilliseconds)} in all` : "";
    const rests =
      this.#restedMilliseconds > 0 ? `, ${inSeconds(this.#restedMilliseconds)} of rest beside others` : "";
    return `${pauses}${rests}`;
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#loop;
  }

  /** @throws the error that stopped the checks: rows must not be written without them */
  #strain(): string | null {
    if (this.#failure !== undefined) throw this.#failure;
    return pressure(this.#now, this.#before, this.#limits);
  }

  async #look(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        this.#now = await this.#reader.read();
        this.#steer();
      } catch (error) {
        this.#failure = error instanceof Error ? error : new Error(messageOf(error));
        return;
      }
      const gap = this.#pace === ALONE ? LOOK_MILLISECONDS : LOOK_BESIDE_OTHERS_MILLISECONDS;
      await sleep(gap, undefined, { signal }).catch(() => undefined);
    }
  }

  #steer(): void {
    this.#pace = nextPace(this.#pace, this.#now, this.#before, this.#limits);
  }
}

function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** As mild as autovacuum, but ten times as fast. */
const VACUUM_SETTINGS = sql`SELECT pg_catalog.set_config('vacuum_cost_delay', '2', false), pg_catalog.set_config('vacuum_cost_limit', '2000', false)`;
