import type { LoadOptions } from "../../example/load/options.ts";
import { startLoad } from "../../example/load/start-load.ts";
import type { Totals } from "../../example/load/totals.ts";
import type { Say } from "./do-stage.ts";

/** A load without its rate. */
type Users = Pick<LoadOptions, "url" | "hostHeader" | "allowHost">;

/** How the machine took one rate, before anything but users is at work on it. */
export type Tried = Pick<Totals, "failed" | "wrong" | "overflow"> & {
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
};

/** Tried in turn, in requests per second. */
const RATES = [50, 100, 200, 400, 800, 1_200] as const;
const TRY_MILLISECONDS = 4_000;

/** Answers later than this are a queue, not work. */
const LONGEST_P99_MILLISECONDS = 100;

/** Engine, new pods and Jobs need as much of the machine as the users do. */
const HEADROOM = 2;

/** Most of all in a rehearsal; more proves nothing more. */
const MOST = 600;
const LEAST = 25;

/** Whether the machine keeps up with a rate. */
export const isCarried = ({ p99, failed, wrong, overflow }: Tried): boolean =>
  failed + wrong + overflow === 0 && p99 <= LONGEST_P99_MILLISECONDS;

/** The rate for a rehearsal: what the machine carries, with room for the release beside it. */
export function rateFor(tried: readonly Tried[]): number {
  const end = tried.findIndex((one) => !isCarried(one));
  const carried = tried.slice(0, end === -1 ? undefined : end).at(-1)?.rate ?? 0;
  return Math.min(MOST, Math.max(LEAST, carried / HEADROOM));
}

/** Raises the rate until the machine does not keep up, and says what it carries. */
export async function fittingRate(load: Users, say: Say): Promise<number> {
  const tried: Tried[] = [];
  for (const rate of RATES) {
    const one = await tryRate(load, rate);
    tried.push(one);
    if (!isCarried(one)) break;
  }
  const chosen = rateFor(tried);
  const told = tried.map(
    ({ rate, p50, p99 }) => `${rate}/s: p50 ${Math.round(p50)}, p99 ${Math.round(p99)} ms`,
  );
  say(
    `This machine answers ${told.join("; ")}. With room for the release, users send ${chosen} requests a second.`,
  );
  return chosen;
}

async function tryRate(options: Users, rate: number): Promise<Tried> {
  const load = await startLoad({ ...options, rate, seconds: TRY_MILLISECONDS / 1_000 });
  await load.ended;
  const { totals } = await load.stop();
  const { failed, wrong, overflow, latency } = totals;
  return { rate, failed, wrong, overflow, p50: latency.p50, p99: latency.p99 };
}
