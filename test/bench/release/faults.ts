import { fill } from "../../../example/fill.ts";
import { startLoad, type Load } from "../../../example/load/start-load.ts";
import { parseRecord } from "../../../release/verdict.ts";
import { createAddressBook, PASSWORDS, type AddressBook } from "../../support/address-book.ts";
import { faultyImage, jobsImage } from "../../support/journey-images.ts";
import { kubectl, type Target } from "../../support/target.ts";
import { until } from "../../support/until.ts";
import { watchRoute, type RouteWatch } from "../../rehearsal/route-watch.ts";

const NAME = "bench-faults";
const RATE = 100;
const LONGEST_WAIT_MILLISECONDS = 240_000;

/** The old version takes this long for every answer on top of the database's time, so that twice as long can be told from chance. */
const USUAL = "slow:20";

/** The file that brings a fault about, once the version has passed every test. */
const NOW = "/tmp/now";

/** What is wrong with the new version, as example/server/fault.ts has it, and the rung on which it is met. */
export const LIVE_FAULTS = [
  { what: "2 % failures", fault: "slow:20,error-rate:0.02", weight: 25 },
  { what: "5 % failures", fault: "slow:20,error-rate:0.05", weight: 5 },
  { what: "100 % failures", fault: "slow:20,error-rate:1", weight: 5 },
  { what: "doubled latency", fault: "slow:45", weight: 25 },
  { what: "memory leak, 1.2 MiB/s a pod", fault: "slow:20,leak:100", weight: 25 },
] as const;

export interface FaultTime {
  readonly what: string;
  readonly weight: number;
  /** From the first answer of the bad version to its weight being 0; null where that did not come. */
  readonly seconds: number | null;
  /** Answers of the bad version until then. */
  readonly met: number;
  readonly sentence: string;
}

/** One bad version after the other, released by `pulumi up` under load until the guard takes the traffic from it. */
export async function measureFaults(target: Target, say: (line: string) => void): Promise<FaultTime[]> {
  const image = await faultyImage(target, "v1", USUAL);
  const book = await createAddressBook(
    target,
    NAME,
    { v1: image, v2: image },
    {
      strategy: "canary",
      jobs: { image: await jobsImage(target) },
      green: { version: "1.1.0", image, schema: "0001-create-address" },
      canary: { rungs: [5, 25] },
    },
  );
  try {
    await goes(book, {});
    const { host, port } = target.database;
    const connection = {
      host,
      port,
      database: book.database,
      user: `${book.database}_blue`,
      password: PASSWORDS.blue,
    };
    await fill({ connection, count: 3000 });
    const url = target.gateway.publicUrl;
    const load = await startLoad({
      url,
      hostHeader: book.host,
      allowHost: new URL(url).hostname,
      rate: RATE,
    });
    const watch = watchRoute(target, NAME, "address-book");
    const times: FaultTime[] = [];
    try {
      for (const [at, { what, fault, weight }] of LIVE_FAULTS.entries()) {
        const bad = {
          version: `1.1.${at + 1}`,
          image: await faultyImage(target, "v1", `when:${NOW},${fault}`),
          schema: "0001-create-address",
        };
        await goes(book, { phase: "deploy", green: bad });
        times.push({ what, weight, ...(await meet(target, book, load, watch, bad.version, weight)) });
        say(JSON.stringify(times.at(-1)));
        await goes(book, { phase: "deploy", weight: undefined });
      }
    } finally {
      watch.stop();
      await load.stop();
    }
    return times;
  } finally {
    await book.remove();
  }
}

async function goes(book: AddressBook, changes: Record<string, unknown>): Promise<void> {
  await book.stack.configure(changes);
  const outcome = await book.stack.up();
  if (!outcome.isOk) throw new Error(`Cannot go on:\n${outcome.text}`);
}

async function meet(
  target: Target,
  book: AddressBook,
  load: Load,
  watch: RouteWatch,
  version: string,
  weight: number,
): Promise<Omit<FaultTime, "what" | "weight">> {
  for (const rung of [5, 25].filter((each) => each <= weight)) {
    const pass = { weight: 5, reason: "the fault is to be met at 25 %" };
    await book.stack.edit("canary", (canary) => ({ ...canary, ...(rung > 5 ? { pass } : {}) }));
    const writtenFrom = Date.now();
    if (rung === weight) await begin(target);
    await goes(book, { phase: "canary", weight: rung });
    if (rung < weight) continue;
    const isBack = async () => (await weightOf(target)) === "0";
    const found = await until("the guard has given all traffic back", isBack, LONGEST_WAIT_MILLISECONDS).then(
      () => true,
      () => false,
    );
    const seen = load.snapshot().seen.filter((each) => each.version === version);
    const firstAt = Math.min(...seen.map((each) => each.firstAt));
    const backAt = watch.changedSince(writtenFrom) ?? Date.now();
    const met = seen.reduce((sum, { answers }) => sum + answers, 0);
    const text = await kubectl(
      target,
      "-n",
      NAME,
      "get",
      "configmap",
      "address-book-verdict",
      "-o",
      "jsonpath={.data.verdict}",
    );
    const { failed, stages, watched } = parseRecord(text);
    const sentence = failed?.sentence ?? stages[String(watched)]?.judgement.sentence ?? "";
    return { seconds: found ? (backAt - firstAt) / 1000 : null, met, sentence };
  }
  throw new RangeError(`Cannot meet a fault at ${weight} %`);
}

async function begin(target: Target): Promise<void> {
  const selector = "--selector=zero-downtime/workload=green";
  const pods = await kubectl(target, "-n", NAME, "get", "pods", selector, "-o", "name");
  for (const pod of pods.trim().split("\n"))
    await kubectl(target, "-n", NAME, "exec", pod, "--", "touch", NOW);
}

const weightOf = (target: Target): Promise<string> =>
  kubectl(
    target,
    "-n",
    NAME,
    "get",
    "httproute",
    "address-book",
    '--output=jsonpath={.spec.rules[-1:].backendRefs[?(@.name=="address-book-green")].weight}',
  );
