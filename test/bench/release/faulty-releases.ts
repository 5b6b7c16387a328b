import type { AddressBook } from "../../support/journey/address-book.ts";
import { onPodsOfCandidate, shareOfCandidate } from "../../support/cluster/candidate-state.ts";
import { faultyImage } from "../../support/journey/journey-images.ts";
import { publishedVerdict } from "../../support/cluster/published-verdict.ts";
import { setScene, type Scene } from "../../support/setup.ts";
import { until } from "../../support/until.ts";

const RATE = 100;
const LONGEST_WAIT_MILLISECONDS = 240_000;

/** The file that brings a fault about, once the version has passed every test. */
const NOW = "/tmp/now";

/** A version that is wrong in this way (example/server/fault.ts). */
export interface BadVersion {
  readonly version: string;
  readonly fault: string;
}

/** How a bad version ended. */
export interface FaultTime {
  /**
   * From the first answer of the bad version on its rung to its weight being 0; null where that did
   * not come.
   */
  readonly seconds: number | null;
  /** From the verdict to its weight being 0; null as above. */
  readonly secondsAfterVerdict: number | null;
  /** Answers of the bad version on that rung. */
  readonly met: number;
  /** The guard's words. */
  readonly sentence: string;
}

/**
 * Releases of bad versions, one after the other, each by `pulumi up` under load until the guard
 * takes the traffic from it.
 */
export interface FaultyReleases {
  meet(bad: BadVersion): Promise<FaultTime>;
}

/**
 * Installs the address book behind the gateway with 100 requests/s of users.
 *
 * @param name of namespace, database and stack; removed in the end
 * @param usual what the old version's answers are like (example/server/fault.ts)
 * @param weight of the one rung, in percent
 */
export async function withFaultyReleases<T>(
  { name, usual, weight }: { readonly name: string; readonly usual: string; readonly weight: number },
  run: (releases: FaultyReleases) => Promise<T>,
): Promise<T> {
  const scene = await setScene(name, {
    rate: RATE,
    images: async (target) => {
      const image = await faultyImage(target, "v1", usual);
      return { v1: image, v2: image };
    },
    config: (_, { v1 }) => ({
      strategy: "canary",
      green: { version: "1.1.0", image: v1, schema: "0001-create-address" },
      canary: { rungs: [weight] },
    }),
  });
  try {
    return await run({ meet: (bad) => meet(scene, weight, bad) });
  } finally {
    scene.watch.stop();
    await scene.load.stop();
    await scene.book.remove();
  }
}

async function goes(book: AddressBook, changes: Record<string, unknown>): Promise<void> {
  await book.stack.configure(changes);
  const outcome = await book.stack.up();
  if (!outcome.isOk) throw new Error(`Cannot go on:\n${outcome.text}`);
}

/** From `deploy` to the rung, and, once all is over, back to `deploy`. */
async function meet(
  { target, book, load, watch }: Scene,
  weight: number,
  { version, fault }: BadVersion,
): Promise<FaultTime> {
  const image = await faultyImage(target, "v1", `when:${NOW},${fault}`);
  await goes(book, { phase: "deploy", green: { version, image, schema: "0001-create-address" } });
  await onPodsOfCandidate(target, book.name, "touch", NOW);
  await load.mark(`before ${version}`);
  const writtenFrom = Date.now();
  await goes(book, { phase: "canary", weight });
  const isBack = async () => (await shareOfCandidate(target, book.name)) === "0";
  const isFound = await until("the guard has given all traffic back", isBack, LONGEST_WAIT_MILLISECONDS).then(
    () => true,
    () => false,
  );
  const backAt = watch.changedSince(writtenFrom);
  const record = await publishedVerdict(target, book.name);
  // The way back's `up` outlasts whatever was still under way.
  await goes(book, { phase: "deploy", weight: undefined });
  const { seen } = (await load.mark(version)).totals;
  const own = seen.filter((each) => each.version === version);
  const met = own.reduce((sum, { answers }) => sum + answers, 0);
  const firstAt = Math.min(...own.map((each) => each.firstAt));
  const sentence =
    record?.failed?.sentence ?? record?.stages[String(record.watched)]?.judgement.sentence ?? "";
  if (!isFound || backAt === undefined || !record?.failed)
    return { seconds: null, secondsAfterVerdict: null, met, sentence };
  return {
    seconds: (backAt - firstAt) / 1000,
    secondsAfterVerdict: (backAt - Date.parse(record.failed.at)) / 1000,
    met,
    sentence,
  };
}
