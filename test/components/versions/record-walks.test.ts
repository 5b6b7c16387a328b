import { expect } from "chai";
import fc from "fast-check";
import { isRecordOf } from "../../../protocol/state/colour-record.ts";
import { moves } from "../../../release/moves/moves.ts";
import { PHASES, STRATEGIES, type Strategy } from "../../../release/phases.ts";
import { isSamePlace, placeOf, type Place } from "../../../release/place.ts";
import { directionOf } from "../../../release/plan.ts";
import { asJson, canonical, isMoving, other, type Release, type Slot } from "../../../release/release.ts";
import { allPlaces } from "../../release/releases.ts";
import { Folder, slotOf, WalkedStack, type End } from "./walked-stack.ts";

/** What people do before an `up`, which stage it is for, and when it ends. */
interface Turn {
  /** One of all stages there are, legal or not. */
  readonly choice: number;
  readonly files: "as they are" | "edited" | "broken" | "mended";
  /** What becomes of the idle colour's entry in config. */
  readonly entry: "as it is" | "another version" | "another image";
  /** In `stable` config comes to name manifests, or names none any more. */
  readonly isNaming: boolean;
  /** It is repeated; in `stable` with another strategy. */
  readonly isChanging: boolean;
  readonly end: End;
}

const often = <T>(usual: T, others: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: others });

const rarely = fc.integer({ min: 0, max: 7 }).map((number) => number === 7);

const turns: fc.Arbitrary<Turn[]> = fc.array(
  fc.record({
    choice: fc.nat(),
    files: often<Turn["files"]>("as they are", fc.constantFrom("edited", "edited", "broken", "mended")),
    entry: often<Turn["entry"]>("as it is", fc.constantFrom("another version", "another image")),
    isNaming: rarely,
    isChanging: rarely,
    end: often<End>("completed", fc.oneof(fc.constant<End>("entered"), fc.nat(8))),
  }),
  { minLength: 1, maxLength: 25 },
);

/** The slot as config has it. */
const entryOf = ({ colour, version, image, schema }: Slot): Slot => ({ colour, version, image, schema });

const withEntries = (base: Release, { from, to }: Pick<Release, "from" | "to">): Release =>
  ({ ...base, phase: "stable", from: entryOf(from), to: to && entryOf(to) }) as Release;

describe("versions that are prepared from manifests, over whole releases", () => {
  const folder = new Folder();
  after(() => folder.forget());

  it("serve as they were made, whatever is edited or killed, and no way back is closed", async function () {
    this.timeout(600_000);
    const strategies = fc.constantFrom<Strategy>(...STRATEGIES);
    await fc.assert(fc.asyncProperty(strategies, fc.boolean(), fc.boolean(), turns, walk), {
      numRuns: Number(process.env["RUNS"] ?? 50),
    });
  });

  async function walk(strategy: Strategy, withSchema: boolean, isNamed: boolean, list: readonly Turn[]) {
    folder.write("0");
    const stack = new WalkedStack(folder, strategy, withSchema);
    stack.manifests = isNamed;
    let [level, version] = [0, 2];
    for (const { choice, files, entry, isNaming, isChanging, end } of list) {
      const { completed, left, base } = stack;
      if (isNaming && completed && !isMoving(completed.release)) stack.manifests = !stack.manifests;
      if (files === "edited") level += 1;
      if (files !== "as they are") folder.write(files === "broken" ? null : String(level));
      const here = left ?? completed?.release ?? base;
      const asked = withIdleEntry(stack, here, entry, (version += 1));
      if (isChanging && completed && !isMoving(here)) {
        const strategy = STRATEGIES[choice % STRATEGIES.length] ?? stack.base.strategy;
        stack.base = { ...stack.base, strategy } as Release;
      }
      const next = asked(isChanging ? placeOf(here) : chosenPlace(stack, here, choice));
      const outcome = await stack.up(next, end);
      const what = `${next.phase} (${files}, ${entry}, ended ${String(end)})`;
      if (outcome === "refused") {
        const behind = [...(completed ? [completed.release] : []), ...(left ? [left] : [])];
        const isBack = behind.length > 0 && behind.every((one) => directionOf(next, one) === "back");
        if (isBack && entry === "as it is" && isRecorded(stack, next))
          expect(stack.reasons.join("\n"), `${what}, a way back`).to.not.match(/Cannot prepare/);
        stack.base = base;
        await expectWayBack(stack, what);
      } else if (outcome === "failed") {
        const again = await stack.up(next, "entered");
        expect(again, `${what}, repeated: ${stack.reasons.join("\n")}`).to.equal("failed");
      } else {
        await expectUnchanged(stack, next, what);
        if (!isMoving(next)) stack.base = afterRelease(stack.base, next, (version += 1));
      }
    }
  }

  /** Whether the candidate was prepared ever. */
  const isRecorded = ({ records }: WalkedStack, { to }: Release): boolean => {
    const record = to && records[to.colour];
    return to !== null && record !== null && record !== undefined && isRecordOf(record, to);
  };

  /** An `up` of what is completed changes nothing. */
  async function expectUnchanged(stack: WalkedStack, next: Release, what: string): Promise<void> {
    // A way back to `deploy` brings back what was there; files that differ go out with the next
    // attempt there, once.
    if (PHASES[next.phase].isIdleEditable) await stack.up(next, "completed");
    const { records, completed } = stack;
    const again = await stack.up(next, "completed");
    if (again === "refused") expect(stack.reasons.join("\n"), what).to.match(/Cannot prepare/);
    const releaseIn = (mark: typeof completed) => canonical(asJson(mark?.release));
    expect(releaseIn(stack.completed), `${what}, again`).to.equal(releaseIn(completed));
    expect(stack.records, `${what}, again`).to.deep.equal(records);
  }

  /**
   * The completed stage may be returned to, unless it prepares a candidate of files that are wrong.
   */
  async function expectWayBack(stack: WalkedStack, what: string): Promise<void> {
    const { completed, left, base } = stack;
    if (!completed) return;
    const { release } = completed;
    const reasons = stack.reasons.join("\n");
    stack.base = withEntries(base, left ?? release);
    const outcome = await stack.up(stack.at(placeOf(release)), "completed");
    if (outcome !== "refused") return;
    stack.base = base;
    const why = stack.reasons.join("\n");
    if (!isMoving(release) || !/Cannot prepare/.test(why))
      expect.fail(`${what}: no way back to ${release.phase}: ${why}, after ${reasons}`);
  }

  /** The likely stages, and now and then any. */
  function chosenPlace(stack: WalkedStack, here: Release, choice: number): Place {
    const all = allPlaces(stack.base).map(placeOf);
    const { next, back } = moves(here, false);
    const completed = stack.completed ? [placeOf(stack.completed.release)] : [];
    const likely = stack.completed
      ? [...next, ...next, ...back, placeOf(here), ...completed]
      : [placeOf(stack.base)];
    const among = choice % 9 === 0 ? all : likely;
    return among[choice % among.length] ?? placeOf(stack.base);
  }

  /** The releases that config describes from now on. */
  function withIdleEntry(stack: WalkedStack, here: Release, entry: Turn["entry"], version: number) {
    const idle = isMoving(here) && placeOf(here).active === here.to.colour ? here.from : here.to;
    if (idle && entry !== "as it is") {
      const another = slotOf(idle.colour, version, "");
      const edited =
        entry === "another version"
          ? { ...idle, version: another.version }
          : { ...idle, image: another.image };
      const { from, to } = stack.base;
      const isFrom = from.colour === idle.colour;
      stack.base = withEntries(stack.base, isFrom ? { from: edited, to } : { from, to: edited });
    }
    return (place: Place) => stack.at(place);
  }

  /** Where a release has come to its end, the other colour gets another version. */
  function afterRelease(base: Release, stable: Release, version: number): Release {
    const { colour, schema } = stable.from;
    const isBack = isSamePlace(placeOf(stable), placeOf(base));
    const to = isBack && base.to ? base.to : slotOf(other(colour), version, schema ?? "");
    return withEntries(base, { from: stable.from, to });
  }
});
