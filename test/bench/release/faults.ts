import { withFaultyReleases, type FaultTime } from "./faulty-releases.ts";

/**
 * The old version takes this long for every answer on top of the database's time, so that twice as
 * long can be told from chance.
 */
const USUAL = "slow:20";

/**
 * What is wrong with the new version, as example/server/fault.ts has it, and the rung on which it
 * is met.
 */
const FAULTS = [
  { what: "5 % failures", fault: "slow:20,error-rate:0.05", weight: 5 },
  { what: "100 % failures", fault: "slow:20,error-rate:1", weight: 5 },
  { what: "2 % failures", fault: "slow:20,error-rate:0.02", weight: 25 },
  { what: "doubled latency", fault: "slow:45", weight: 25 },
  { what: "memory leak, 1.2 MiB/s a pod", fault: "slow:20,leak:100", weight: 25 },
] as const;

export interface FaultFound extends FaultTime {
  readonly what: string;
  readonly weight: number;
}

/** One bad version of each kind. */
export async function measureFaults(say: (line: string) => void): Promise<FaultFound[]> {
  const found: FaultFound[] = [];
  for (const weight of new Set(FAULTS.map((each) => each.weight))) {
    await withFaultyReleases({ name: "bench-faults", usual: USUAL, weight }, async ({ meet }) => {
      for (const [at, { what, fault }] of FAULTS.filter((each) => each.weight === weight).entries()) {
        found.push({ what, weight, ...(await meet({ version: `1.1.${at + 1}`, fault })) });
        say(JSON.stringify(found.at(-1)));
      }
    });
  }
  return found;
}

/**
 * Versions that fail 5 % of their requests, each in its own order, beside one that fails 0.1 %; at
 * weight 5.
 */
export async function measureRuns(count: number, say: (line: string) => void): Promise<FaultTime[]> {
  const found: FaultTime[] = [];
  const scene = { name: "bench-runs", usual: "error-rate:0.001", weight: 5 };
  await withFaultyReleases(scene, async ({ meet }) => {
    for (let seed = 1; seed <= count; seed += 1) {
      found.push(await meet({ version: `1.1.${seed}`, fault: `error-rate:0.05,seed:${seed}` }));
      say(JSON.stringify({ seed, ...found.at(-1) }));
    }
  });
  return found;
}
