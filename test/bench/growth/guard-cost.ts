import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import type { Memory } from "../../../jobs/guard/guard-state.ts";
import type { GuardSettings } from "../../../protocol/jobs/guard-settings.ts";
import { verdictData } from "../../../protocol/state/guard-record.ts";
import { DEFAULT_LIMITS } from "../../../release/judge/limits.ts";
import { settingsFor } from "../../jobs/guard/watched-double.ts";
import { median } from "../schema/statistics.ts";
import { addressOf } from "./pods-double.ts";
import { remembered } from "./remembered.ts";

/** What a guard costs that watches so many pods. */
export interface GuardCost {
  readonly pods: number;
  /** Milliseconds after which a pod begins to answer with its page. */
  readonly pageMilliseconds: number;
  readonly looks: number;
  /** Median. */
  readonly seconds: number;
  readonly longestSeconds: number;
  /** Of its process, on average. */
  readonly processorSeconds: number;
  /** The most that it had in memory; and the most of that which no kernel can take back. */
  readonly peakMebibytes: number;
  readonly ownMebibytes: number;
  /** Of the verdict object as it was written last, and how often it was too large for that. */
  readonly objectBytes: number;
  readonly refusedWrites: number;
}

/** As components/guard.ts has it. */
const HEAP = "--max-semi-space-size=1 --max-old-space-size=48";

/** Faster than by default, so that a run is short: a look that takes longer is not cut off. */
const EVERY_SECONDS = 0.5;

const DEADLINE_MILLISECONDS = 120_000;

/** Bundled once, as the jobs image is; `end` throws it away. */
export async function bundledGuard(): Promise<{ readonly file: string; readonly end: () => void }> {
  const folder = mkdtempSync(join(process.cwd(), ".build/bench-growth-"));
  const file = join(folder, "guard.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "guard-process.ts")],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    logLevel: "silent",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    external: ["pg-native"],
  });
  return { file, end: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A guard in the middle of a rung, started again: it goes on from a full memory. */
export async function guardCost(
  bundle: string,
  pods: number,
  pageMilliseconds: number,
  looks: number,
): Promise<GuardCost> {
  const ownPort = await freePort();
  const settings = (pages: number): GuardSettings =>
    settingsFor(pages, { limits: DEFAULT_LIMITS, everySeconds: EVERY_SECONDS, port: ownPort, replicas: 1 });
  const memory: Memory = remembered(settings(1), pods, Date.now());
  const data = verdictData(memory);
  const double = fork(join(import.meta.dirname, "cluster-double-process.ts"), {
    env: { ...process.env, DOUBLE: JSON.stringify({ pods, pageMilliseconds }) },
  });
  double.send({ data });
  const [ports] = (await once(double, "message")) as [{ api: number; pages: number }];
  const api = `http://${addressOf(0)}:${ports.api}`;
  const guard = spawn(process.execPath, [bundle], {
    env: {
      ...process.env,
      NODE_OPTIONS: HEAP,
      GUARD_UNDER_TEST: JSON.stringify({ api, settings: settings(ports.pages) }),
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    const { seconds, processorSeconds, ownMebibytes } = await watchLooks(guard, ownPort, looks);
    const peakMebibytes = memoryOf(guard, "VmHWM");
    const written = (await (await fetch(`${api}/written`)).json()) as { refused: number; bytes: number };
    return {
      pods,
      pageMilliseconds,
      looks: seconds.length,
      seconds: median(seconds),
      longestSeconds: Math.max(...seconds),
      processorSeconds,
      peakMebibytes,
      ownMebibytes,
      objectBytes: written.bytes,
      refusedWrites: written.refused,
    };
  } finally {
    await ended(guard);
    await ended(double);
  }
}

/** What the guard tells of each look by its own metrics, without the first. */
async function watchLooks(guard: ChildProcess, port: number, looks: number) {
  const seconds: number[] = [];
  let seen = 0;
  let ownMebibytes = 0;
  let begunAt = { looks: 0, processorSeconds: 0 };
  for (const until = Date.now() + DEADLINE_MILLISECONDS; seconds.length < looks; await sleep(20)) {
    if (guard.exitCode !== null || guard.signalCode !== null)
      throw new Error(`Cannot measure as the guard ended: ${guard.exitCode ?? guard.signalCode}`);
    if (Date.now() > until) throw new Error(`Cannot measure as the guard has looked ${seen} times only`);
    ownMebibytes = Math.max(ownMebibytes, memoryOf(guard, "RssAnon"));
    const page = await fetch(`http://127.0.0.1:${port}/metrics`).then(
      (answer) => answer.text(),
      () => "",
    );
    const count = valueIn(page, "zero_downtime_looks");
    if (count <= seen) continue;
    if (seen === 0) begunAt = { looks: count, processorSeconds: processorSecondsOf(guard) };
    else seconds.push(valueIn(page, "zero_downtime_look_seconds"));
    seen = count;
  }
  const processorSeconds = (processorSecondsOf(guard) - begunAt.processorSeconds) / (seen - begunAt.looks);
  return { seconds, processorSeconds, ownMebibytes };
}

const valueIn = (page: string, name: string): number =>
  Number(new RegExp(`^${name} (\\S+)$`, "m").exec(page)?.[1] ?? 0);

const memoryOf = ({ pid }: ChildProcess, what: "VmHWM" | "RssAnon"): number =>
  Number(
    new RegExp(`^${what}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid ?? 0}/status`, "utf8"))?.[1],
  ) / 1024;

/** Ticks of user and system, of which Linux counts a hundred a second. */
function processorSecondsOf({ pid }: ChildProcess): number {
  const fields =
    readFileSync(`/proc/${pid ?? 0}/stat`, "utf8")
      .split(") ")[1]
      ?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
