import { setTimeout as pause } from "node:timers/promises";
import { titleOfEntrance } from "../../protocol/traffic/entrance.ts";
import { describeEntrance, describeWhich, entrancesUnlike } from "../../protocol/traffic/live-traffic.ts";
import { describeWatched } from "../../release/verdict.ts";
import { clusterApi, Conflict, Forbidden, type ClusterApi } from "../kubernetes/cluster-api.ts";
import { DatabaseSignals } from "./session-metrics.ts";
import { backRouting, giveAllBack, readTraffic } from "./traffic.ts";
import { afterLook, begin, UNKNOWN_WRITER, type Memory, type Sight } from "./guard-state.ts";
import { lookAtPods } from "./pods.ts";
import { publish, type Published } from "./metrics-endpoint.ts";
import { guardSettings, type GuardSettings } from "../../protocol/jobs/guard-settings.ts";
import { VerdictStore } from "./verdict-store.ts";
import type { Job, JobContext, Result } from "../job.ts";
import { NoAnswer } from "../http/request.ts";

/**
 * Written at least this often, and at once when the verdict changes; after a restart, what was
 * counted in between is counted again from the pods.
 */
const KEEP_EVERY_MILLISECONDS = 5_000;
/** An unchanged verdict is logged this often. */
const TELL_EVERY_MILLISECONDS = 30_000;

/** Watches both colours until it is stopped, and takes the traffic from a candidate that fails. */
export const guard: Job<GuardSettings> = {
  settings: guardSettings,
  run: async (settings, context) => watch(settings, context, await clusterApi()),
};

/** The guard, on any API server. */
export async function watch(settings: GuardSettings, context: JobContext, api: ClusterApi): Promise<Result> {
  const published = await publish(settings.port);
  const guarding = new Guard(settings, context, api, published);
  try {
    while (!context.signal.aborted) {
      const next = performance.now() + settings.everySeconds * 1_000;
      await guarding.look();
      await pause(Math.max(0, next - performance.now()), undefined, { signal: context.signal });
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
  } finally {
    await guarding.end();
    await published.close();
  }
  return { ok: true, summary: `No longer watches ${settings.candidate.version}: told to end` };
}

interface Signals {
  readonly active: DatabaseSignals;
  readonly candidate: DatabaseSignals;
}

class Guard {
  readonly #settings: GuardSettings;
  readonly #context: JobContext;
  readonly #api: ClusterApi;
  readonly #published: Published;
  readonly #store: VerdictStore;
  readonly #signals: Signals | null;
  #memory: Memory | null = null;
  #resourceVersion = "";
  #keptAt = 0;
  #told = "";
  #toldAt = 0;
  #toldSlowAt = Number.NEGATIVE_INFINITY;

  constructor(settings: GuardSettings, context: JobContext, api: ClusterApi, published: Published) {
    this.#settings = settings;
    this.#context = context;
    this.#api = api;
    this.#published = published;
    this.#store = new VerdictStore(settings, api);
    this.#signals = settings.database && {
      active: new DatabaseSignals(settings.database, "active"),
      candidate: new DatabaseSignals(settings.database, "candidate"),
    };
  }

  async end(): Promise<void> {
    await Promise.all([this.#signals?.active.end(), this.#signals?.candidate.end()]);
  }

  /**
   * Looks, judges, stores what it knows, and acts. What could not be read or written is logged, and
   * tried again at the next look.
   */
  async look(): Promise<void> {
    const { signal } = this.#context;
    const begun = performance.now();
    try {
      this.#memory ??= await this.#recall();
      const sight = await look(this.#settings, this.#api, this.#signals, signal);
      const before = this.#memory;
      const memory = afterLook(before, sight, this.#settings);
      this.#memory = memory;
      await this.#keep(before, memory);
      if (this.#memory?.record.failed) await this.#giveBack(sight);
      this.#tell();
      const seconds = (performance.now() - begun) / 1_000;
      this.#tellSlow(seconds, sight);
      if (this.#memory) this.#published.tell(this.#memory, seconds);
    } catch (error) {
      if (!isToTryAgain(error) || signal.aborted) throw error;
      this.#context.log(`Cannot look: ${error.message}`);
    }
  }

  /**
   * A guard that has just started never creates the object: its record is lost then, and the gate
   * must notice.
   */
  async #recall(): Promise<Memory> {
    const { verdict } = this.#settings;
    const kept = await this.#store.read(this.#context.signal);
    if (!kept) throw new Error(`Cannot watch as there is no ConfigMap ${verdict}: go back to deploy`);
    this.#resourceVersion = kept.resourceVersion;
    return begin(kept.memory, this.#settings, Date.now());
  }

  /** Stored before it acts: any later guard must know that the candidate has failed. */
  async #keep(before: Memory, memory: Memory): Promise<void> {
    const isChanged =
      verdictOf(before) !== verdictOf(memory) || before.stage.isInForce !== memory.stage.isInForce;
    if (!isChanged && Date.now() - this.#keptAt < KEEP_EVERY_MILLISECONDS) return;
    try {
      this.#resourceVersion = await this.#store.write(memory, this.#resourceVersion, this.#context.signal);
      this.#keptAt = Date.now();
    } catch (error) {
      if (error instanceof Conflict) await this.#keepOver(memory);
      else if (error instanceof NoAnswer || error instanceof Forbidden)
        this.#context.log(`Cannot keep the verdict: ${error.message}`);
      else throw error;
    }
  }

  /**
   * On a write conflict the program has written the object's metadata, or another guard its
   * content: a failure recorded by either guard stays. An object that somebody has deleted is
   * created again from what this guard knows.
   */
  async #keepOver(memory: Memory): Promise<void> {
    const { signal } = this.#context;
    const kept = await this.#store.read(signal);
    if (!kept) this.#context.log(`The ConfigMap ${this.#settings.verdict} is gone: making it again`);
    const found = kept?.memory ? begin(kept.memory, this.#settings, Date.now()) : null;
    const failed = found?.record.failed ?? memory.record.failed;
    const merged = { ...memory, record: { ...memory.record, failed } };
    this.#memory = merged;
    this.#resourceVersion = await this.#store.write(merged, kept?.resourceVersion, signal);
    this.#keptAt = Date.now();
  }

  async #giveBack({ entrances, active }: Sight): Promise<void> {
    const foreign = entrancesUnlike(entrances ?? [], backRouting(this.#settings));
    if (entrances === null || foreign.length === 0) return;
    const { version, colour } = this.#settings.active;
    const { replicas } = this.#settings;
    if (active === null || active.ready < replicas) {
      this.#context.log(
        `Cannot give all traffic back to ${version} as ${active?.ready ?? "none"} of ${replicas} pods of ${colour} are ready; tried again at the next look`,
      );
      return;
    }
    const { signal } = this.#context;
    const found = entrances.map(({ entrance }) => entrance);
    const failures = await giveAllBack(this.#settings, found, this.#api, signal);
    for (const error of failures) {
      if (!isToTryAgain(error) || signal.aborted) throw error;
      this.#context.log(`Cannot give all traffic back to ${version}: ${error.message}`);
    }
    if (failures.length > 0) return;
    const was = foreign.map((one) => {
      const which = found.length === 1 ? "it" : describeWhich(one.entrance, found);
      return `${which} was ${describeEntrance(one)}, written by ${one.writer ?? UNKNOWN_WRITER}`;
    });
    this.#context.log(`Gave all traffic back to ${version} (${colour}); ${was.join("; ")}`);
  }

  #tell(): void {
    if (!this.#memory) return;
    const { record } = this.#memory;
    const stage = record.stages[String(record.watched)];
    const verdict = verdictOf(this.#memory);
    if (verdict === this.#told && performance.now() - this.#toldAt < TELL_EVERY_MILLISECONDS) return;
    const changed = verdict === this.#told ? "still" : "now";
    const sentence = record.failed?.sentence ?? stage?.judgement.sentence;
    this.#context.log(
      `${record.version} ${describeWatched(record.watched)} is ${changed} "${verdict}" after ${Math.round(this.#memory.stage.seconds)} s: ${sentence}`,
    );
    this.#told = verdict;
    this.#toldAt = performance.now();
  }

  /** Nothing is lost by looks that take longer; what fails is found later. */
  #tellSlow(seconds: number, { active, candidate }: Sight): void {
    const { everySeconds } = this.#settings;
    const now = performance.now();
    if (seconds <= everySeconds || now - this.#toldSlowAt < TELL_EVERY_MILLISECONDS) return;
    const pods = (active?.alive.length ?? 0) + (candidate?.alive.length ?? 0);
    this.#context.log(
      `Cannot look every ${everySeconds} s as a look at ${pods} pods takes ${seconds.toFixed(1)} s: looks follow each other without a pause`,
    );
    this.#toldSlowAt = now;
  }
}

/** The next look may find it better. */
const isToTryAgain = (error: unknown): error is Error =>
  error instanceof NoAnswer || error instanceof Forbidden || error instanceof Conflict;

const verdictOf = ({ record }: Memory): string =>
  record.failed ? "fail" : (record.stages[String(record.watched)]?.judgement.verdict ?? "inconclusive");

/** One look at everything; what does not answer does not prevent reading the rest. */
async function look(
  settings: GuardSettings,
  api: ClusterApi,
  signals: Signals | null,
  signal: AbortSignal,
): Promise<Sight> {
  const at = Date.now();
  const problems: string[] = [];
  const orNull = async <Seen>(what: string, reading: Promise<Seen>): Promise<Seen | null> => {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof NoAnswer || error instanceof Forbidden) || signal.aborted) throw error;
      problems.push(`${what}: ${error.message}`);
      return null;
    }
  };
  const [entrances, active, candidate, activeDatabase, candidateDatabase] = await Promise.all([
    orNull("the entrances", readTraffic(settings, api, signal)),
    orNull(settings.active.colour, lookAtPods(settings, settings.active, api, signal)),
    orNull(settings.candidate.colour, lookAtPods(settings, settings.candidate, api, signal)),
    signals && orNull(`${settings.active.colour}'s database`, signals.active.look()),
    signals && orNull(`${settings.candidate.colour}'s database`, signals.candidate.look()),
  ]);
  const [first, ...others] = entrances ?? [];
  for (const { kind, name } of settings.entrances.objects) {
    const isThere = entrances?.some(({ entrance }) => entrance.kind === kind && entrance.name === name);
    if (entrances && !isThere) problems.push(`there is no ${titleOfEntrance({ kind, name })}`);
  }
  const database = { active: activeDatabase, candidate: candidateDatabase };
  return { at, entrances: first ? [first, ...others] : null, active, candidate, database, problems };
}
