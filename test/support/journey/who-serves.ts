import type { Load } from "../../../example/load/start-load.ts";
import type { Totals } from "../../../example/load/totals.ts";
import { until } from "../until.ts";

/** The connections that are asked about: kept-alive ones may stay where they are for a while. */
export type Connections = "fresh" | "both";

/** Answers on each kind of connection that show who serves. */
const ENOUGH_ANSWERS = 30;

/** The versions that answer a load's users from now on. */
export async function versionsNow(load: Load, connections: Connections = "both"): Promise<string[]> {
  const { seen } = await answersNow(load, ENOUGH_ANSWERS);
  const counted = seen.filter(({ connection }) => connections === "both" || connection === "fresh");
  return [...new Set(counted.map(({ version }) => version))].sort();
}

/** What the users get from now on, until so many answers have come on each kind of connection. */
export async function answersNow(load: Load, count: number): Promise<Totals> {
  await load.mark("asking");
  const { fresh, keptAlive } = load.snapshot().answersBy;
  await until("the users get answers", () => {
    const now = load.snapshot().answersBy;
    return now.fresh >= fresh + count && now.keptAlive >= keptAlive + count;
  });
  return (await load.mark("asked")).totals;
}

/** Answers of a version since the load began. */
export const answersBy = (load: Load, wanted: string): number =>
  load
    .snapshot()
    .seen.filter(({ version }) => version === wanted)
    .reduce((sum, { answers }) => sum + answers, 0);
