import { describeTraffic } from "../../protocol/traffic/shares.ts";
import { describePlace, isSamePlace, placeOf } from "../../release/place.ts";
import { reachCluster } from "../cluster/cluster-api.ts";
import { gather, type Context } from "../stack/context.ts";
import { readHistory } from "../stack/stack.ts";
import type { Answer, Circumstances } from "../moves/status.ts";
import type { PastUp } from "../stack/history.ts";
import { standsAt, unfinished, type Past } from "../stack/stack-state.ts";
import { weightsNow } from "../cluster/traffic.ts";
import type { Recorded } from "./recorded.ts";
import { readSchemaCourse } from "./schema-history.ts";
import { readWatch } from "./guard-record.ts";

/**
 * Asks Pulumi's history, cluster and database side by side; what does not answer is said on the
 * page, and hides nothing else.
 */
export async function gatherReport(context: Context): Promise<Recorded> {
  const { project, known } = context;
  const cluster = reachCluster(known.cluster, project.folder);
  const [circumstances, history, watch, schema] = await Promise.all([
    gather(context),
    readHistory(project),
    answer(async () => readWatch(await cluster, known)),
    answer(async () => readSchemaCourse(await cluster, known)),
  ]);
  await cluster.then(
    (api) => api.close(),
    () => undefined,
  );
  return {
    app: known.app.name,
    stack: project.stack,
    madeAt: new Date().toISOString(),
    history,
    now: nowIn(circumstances),
    seen: seenIn(circumstances),
    watch,
    schema,
    remarks: remarksOn(circumstances.past, history),
  };
}

/** Pure. Pulumi's history gains an up when it ends: one that is killed never comes into it. */
export function remarksOn(past: Past, history: readonly PastUp[]): string[] {
  const open = unfinished(past);
  const last = history.at(-1);
  const isRecorded =
    open !== null &&
    last?.outcome === "failed" &&
    last.place !== null &&
    isSamePlace(last.place, placeOf(open));
  return [
    ...(open && !isRecorded
      ? [
          `An up to ${describePlace(placeOf(open))} is at work now, or was killed: it is not among the stages, as Pulumi's history gains an up when it ends.`,
        ]
      : []),
    ...(past.pending.length > 0 ? [`It has begun and not ended: ${past.pending.join(", ")}.`] : []),
  ];
}

/**
 * Pure: who has the public traffic by the entrance itself, and who wrote that; null where it could
 * not be seen.
 */
function seenIn({ sight }: Pick<Circumstances, "sight">): Recorded["seen"] {
  const entrances = "found" in sight ? sight.found.entrances : [];
  const [entrance] = entrances;
  if (!entrance) return null;
  const { blue, green } = weightsNow(entrances);
  return { blue: blue ?? 0, green: green ?? 0, by: entrance.writer };
}

/** Pure: where the release stands and who has the traffic, in words. */
function nowIn({ past, sight }: Pick<Circumstances, "past" | "sight">): Answer<string> {
  const stands = standsAt(past);
  if (!stands) return { unknown: "No up has completed on this stack." };
  const place = `The release stands in ${describePlace(placeOf(stands))}${unfinished(past) ? ", which has not completed" : ""}`;
  if ("unknown" in sight) return { found: `${place}; who serves is not known: ${sight.unknown}` };
  const { entrances } = sight.found;
  if (entrances.length === 0) return { found: `${place}; there is no entrance in the cluster.` };
  return { found: `${place}; the public traffic goes to ${describeTraffic(weightsNow(entrances))}.` };
}

async function answer<T>(ask: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { found: await ask() };
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error) };
  }
}
