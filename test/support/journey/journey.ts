// The words in which journeys are written: a whole release under load, told as a person
// would tell it.
import { dirname } from "node:path";
import { expect } from "chai";
import { checkFilled, isWhole } from "../../../example/check-filled.ts";
import { isClean, type Report } from "../../../example/load/report.ts";
import type { Load } from "../../../example/load/start-load.ts";
import { isAfterSwitch, type Phase } from "../../../release/phases.ts";
import type { Colour } from "../../../release/release.ts";
import type { AddressBook, Images } from "./address-book.ts";
import { jobsFinishedAt, objectVersions } from "../cluster/cluster-state.ts";
import { faultyImage } from "./journey-images.ts";
import { killedUp } from "./killed-up.ts";
import { ADDRESS_BOOK, ROWS, setScene, type JourneyOptions, type Scene } from "../setup.ts";
import type { Outcome } from "./stack.ts";
import { asAdmin, kubectl, type Target } from "../target.ts";
import { until } from "../until.ts";
import { versionsNow, type Connections } from "./who-serves.ts";
import { Zd, type ZdOutcome } from "./zd.ts";

/** One `up` that has ended, for the account at the end. */
interface Leg {
  readonly title: string;
  readonly outcome: Outcome;
}

/**
 * A release on its way. Every verb fails its test, with what was found, where it does not
 * come true.
 */
export class Journey {
  readonly name: string;
  readonly #options: JourneyOptions;
  readonly #legs: Leg[] = [];
  #begun: Scene | undefined;
  #report: Report | undefined;
  #old: Colour = "blue";
  #new: Colour = "green";
  #completed: Phase = "stable";

  constructor(name: string, options: JourneyOptions) {
    this.name = name;
    this.#options = options;
  }

  /** What is released, as the cluster names it. */
  get application(): string {
    return this.#options.application ?? ADDRESS_BOOK;
  }

  /** All that `pulumi up` and `zd` have said so far. */
  get said(): string {
    return this.#legs.map(({ outcome }) => outcome.text).join("\n");
  }

  get target(): Target {
    return this.#now.target;
  }

  get images(): Images {
    return this.#now.images;
  }

  get book(): AddressBook {
    return this.#now.book;
  }

  get load(): Load {
    return this.#now.load;
  }

  get #now(): Scene {
    if (!this.#begun) throw new Error(`Cannot go on with ${this.name} as it has not begun`);
    return this.#begun;
  }

  /** Installs version 1 and lets the users in. */
  async begin(): Promise<void> {
    this.#begun = await setScene(this.name, this.#options);
    this.#legs.push({ title: "install", outcome: this.#begun.installation });
  }

  /** Takes everything away, whatever has happened. */
  async end(): Promise<void> {
    if (!this.#begun) return;
    this.#begun.watch.stop();
    this.#report ??= await this.load.stop();
    await this.book.remove();
    const legs = this.#legs.map(({ title, outcome }) => `${title} ${outcome.seconds.toFixed(1)} s`);
    const { sent, failed } = this.#report.totals;
    process.stdout.write(`      (${legs.join(", ")}; ${sent} requests, ${failed} failed)\n`);
  }

  /**
   * The next stage, which must complete. From `contract` and the like `stable` is the new
   * version's.
   */
  async goes(phase: Phase, changes: Record<string, unknown> = {}): Promise<Outcome> {
    const outcome = await this.tries(phase, changes);
    mustBeOk(outcome, phase);
    this.#complete(phase, true);
    return outcome;
  }

  /** A stage on the way back, with the old version active; it must complete. */
  async goesBackTo(phase: Phase, changes: Record<string, unknown> = {}): Promise<Outcome> {
    await this.sets(phase, { active: this.#old, ...changes });
    const outcome = await this.ups(`back to ${titleOf(phase, changes)}`);
    mustBeOk(outcome, `back to ${phase}`);
    this.#complete(phase, false);
    return outcome;
  }

  /** A stage that must fail, and say why. */
  async failsAt(phase: Phase, why: RegExp, changes: Record<string, unknown> = {}): Promise<Outcome> {
    const outcome = await this.tries(phase, changes);
    if (outcome.isOk) throw new Error(`Expected ${phase} to fail as ${why.source}:\n${tail(outcome.text)}`);
    expect(outcome.text, `why ${phase} failed`).to.match(why);
    return outcome;
  }

  /** The next stage, however it ends. */
  async tries(phase: Phase, changes: Record<string, unknown> = {}): Promise<Outcome> {
    await this.sets(phase, changes);
    return this.ups(titleOf(phase, changes));
  }

  /** What a person writes into the config for the next stage. */
  async sets(phase: Phase, changes: Record<string, unknown> = {}): Promise<void> {
    const active = this.#isOnward(phase) ? this.#new : this.#old;
    await this.book.stack.configure({ phase, active, ...changes });
  }

  /** `pulumi up`, whatever the config says. */
  async ups(title: string, ...args: string[]): Promise<Outcome> {
    return this.counts(title, () => this.book.stack.up(...args));
  }

  /** Puts a leg that the test does by itself on the account. */
  async counts(title: string, run: () => Promise<Outcome>): Promise<Outcome> {
    await this.load.mark(title);
    const outcome = await run();
    await this.load.mark(`after ${title}`);
    this.#legs.push({ title, outcome });
    return outcome;
  }

  /** A command of `zd` on the stack, which must end well; it may go through several stages. */
  async zd(...args: readonly string[]): Promise<ZdOutcome> {
    const title = `zd ${args.join(" ")}`;
    const { name, target, book } = this;
    await this.load.mark(title);
    const zd = Zd.on(name, dirname(book.stack.configFile), target.variables);
    const outcome = await zd.run(...args);
    await this.load.mark(`after ${title}`);
    const { code, text, seconds } = outcome;
    this.#legs.push({ title, outcome: { isOk: code === 0, text, seconds, changes: {} } });
    if (code !== 0) throw new Error(`Expected "${title}" to end well:\n${tail(text)}`);
    this.#completed = (await book.stack.outputs())["phase"] as Phase;
    return outcome;
  }

  /**
   * An `up` to this stage, there or back, that is killed as soon as it `isTime`, and after which
   * the stack is usable again.
   */
  async isKilled(
    phase: Phase,
    isTime: (reports: readonly string[], started: number) => boolean,
    changes: Record<string, unknown> = {},
  ): Promise<void> {
    await this.sets(phase, changes);
    const started = Date.now();
    const { isOk, text } = await this.counts(`${phase}, killed`, () =>
      killedUp(this.book.stack, (reports) => isTime(reports, started)),
    );
    if (isOk) throw new Error(`Expected ${phase} to be killed before its end:\n${tail(text)}`);
    await this.book.stack.recoverLock();
  }

  /**
   * A move that is refused in preview and by `up` alike, for this reason, and that leaves
   * everything as it was.
   */
  async isRefused(phase: Phase, why: RegExp, changes: Record<string, unknown> = {}): Promise<void> {
    const before = await this.objects();
    const config = await this.book.stack.readConfig();
    await this.sets(phase, changes);
    const preview = await this.book.stack.preview();
    const up = await this.ups(`refused ${phase}`);
    await this.book.stack.writeConfig(config);
    expect(preview.isOk, "the preview's success").to.equal(false);
    expect(preview.text).to.match(why);
    expect(up.isOk, "the up's success").to.equal(false);
    expect(up.text).to.match(why);
    expect(await this.objects()).to.deep.equal(before);
  }

  /** An `up` with the same config leaves every object alone. */
  async hasNothingToDo(): Promise<Outcome> {
    const before = await this.objects();
    const outcome = await this.ups("unchanged");
    const { changes, isOk, text } = outcome;
    expect(isOk, text).to.equal(true);
    const { unchanged: _, ...changed } = changes;
    expect(changed, tail(text)).to.deep.equal({});
    expect(await this.objects()).to.deep.equal(before);
    return outcome;
  }

  /**
   * Every object of the namespace with its version: what nobody has touched stays the same. The
   * guard writes its own all the time.
   */
  async objects(): Promise<Record<string, string>> {
    const { [`ConfigMap/${this.application}-verdict`]: _, ...objects } = await objectVersions(
      this.target,
      this.name,
    );
    return objects;
  }

  /**
   * When the weights of the route last became others, in milliseconds since the epoch; undefined if
   * they did not.
   */
  trafficWrittenSince(from: number): number | undefined {
    return this.#now.watch.changedSince(from);
  }

  /** When each Job of the last stage succeeded, in milliseconds since the epoch. */
  finishTimes(): Promise<Record<string, number>> {
    return jobsFinishedAt(this.target, this.name, this.application);
  }

  /** Who answers the users now: this version and no other. */
  async isServedBy(version: string, connections: Connections = "both"): Promise<void> {
    expect(await this.versionsNow(connections)).to.deep.equal([version]);
  }

  /** All users come to be on this version, once the connections that they keep have ended. */
  async comesToBeServedBy(version: string): Promise<void> {
    await this.isServedBy(version, "fresh");
    await until(`all users are on ${version}`, async () => {
      const versions = await this.versionsNow();
      return versions.length === 1 && versions[0] === version;
    });
  }

  /** The versions that answer the users now. */
  versionsNow(connections: Connections = "both"): Promise<string[]> {
    return versionsNow(this.load, connections);
  }

  /** The end of a journey: all requests answered, all answers right, all rows there. */
  async nothingWasLost(): Promise<void> {
    const report = await this.reports();
    expect(report.problems, "problems of the load").to.deep.equal([]);
    expect(isClean(report), JSON.stringify(report.totals)).to.equal(true);
    await this.#keptItsRows();
  }

  /**
   * The end of a journey on which requests may fail: all answers that came were right, all rows are
   * there.
   */
  async nothingWasWrong(): Promise<Report> {
    const report = await this.reports();
    expect(report.totals).to.include({ wrong: 0, overflow: 0 });
    expect(report.check).to.include({ complete: true, lost: 0, changed: 0 });
    await this.#keptItsRows();
    return report;
  }

  /** Ends the load and returns what it has seen. */
  async reports(): Promise<Report> {
    this.#report ??= await this.load.stop();
    return this.#report;
  }

  /** Every address filled in at the beginning says what it said, in each form that there is. */
  async #keptItsRows(): Promise<void> {
    const { rows = ROWS } = this.#options;
    if (rows === 0) return;
    const { host, port, user, password } = this.target.database;
    const connection = { host, port, user, password, database: this.book.database };
    const check = await checkFilled({ connection, count: rows });
    expect(isWhole(check, false), JSON.stringify(check)).to.equal(true);
  }

  /** The new version as config names it, with a fault of the example or without one. */
  async newVersion(fault = ""): Promise<{ version: string; image: string; schema: string }> {
    const image = fault === "" ? this.images.v2 : await faultyImage(this.target, "v2", fault);
    return { version: "2.0.0", image, schema: "0002-split-street" };
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return kubectl(this.target, "--namespace", this.name, ...args);
  }

  /** Rows of a query in the journey's database, as its administrator. */
  query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return asAdmin(this.target, this.book.database, async (client) => {
      const { rows } = await client.query<Row & Record<string, unknown>>(text, [...values]);
      return rows;
    });
  }

  /**
   * For whoever has to find out why: the end of the last `up`, the failed Jobs' last words, the
   * load's problems.
   */
  async tellWhatHappened(): Promise<void> {
    const lines = this.#legs.slice(-1).flatMap(({ title, outcome }) => [`--- ${title}`, tail(outcome.text)]);
    if (this.#begun) {
      const columns =
        "jsonpath={range .items[?(@.status.phase=='Failed')]}{.metadata.name}: {.status.containerStatuses[0].state.terminated.message}{'\\n'}{end}";
      lines.push("--- failed pods", await this.kubectl("get", "pods", "-o", columns));
      lines.push("--- pods", await this.kubectl("get", "pods"));
      const { problems, totals } = await this.reports();
      lines.push(`--- load: ${JSON.stringify({ ...totals, seen: undefined })}`);
      lines.push(...problems.slice(0, 20).map((problem) => JSON.stringify(problem)));
    }
    process.stdout.write(`${lines.join("\n")}\n`);
  }

  #isOnward(phase: Phase): boolean {
    return phase === "stable"
      ? isAfterSwitch(this.#completed) && this.#completed !== "switch"
      : isAfterSwitch(phase);
  }

  #complete(phase: Phase, isForward: boolean): void {
    const isOver = isForward && phase === "stable" && this.#isOnward("stable");
    if (isOver) [this.#old, this.#new] = [this.#new, this.#old];
    this.#completed = phase;
  }
}

function mustBeOk(outcome: Outcome, what: string): void {
  if (!outcome.isOk) throw new Error(`Expected ${what} to complete:\n${tail(outcome.text)}`);
}

const titleOf = (phase: Phase, changes: Record<string, unknown>): string =>
  phase === "canary" ? `canary ${String(changes["weight"])}` : phase;

const tail = (text: string): string => text.trimEnd().split("\n").slice(-60).join("\n");
