import { z } from "zod";
import type { Config } from "../../protocol/config/config-schema.ts";
import { formOf } from "../../protocol/config/form-of.ts";
import { whyNotTried, trialName } from "../../protocol/identity/trial-route.ts";
import { routeStatus } from "../../protocol/identity/route-status.ts";
import type { KubernetesApi } from "../../protocol/kubernetes/api-client.ts";
import { lastWrite, managedMetadata } from "../../protocol/kubernetes/managed-fields.ts";
import { pathOf } from "../../protocol/kubernetes/object-kind.ts";
import { errorWords } from "../../protocol/kubernetes/send-request.ts";
import type { Seen } from "../../protocol/state/marks.ts";
import { backendFor } from "../../protocol/traffic/backends.ts";
import type { Entrance, Entrances } from "../../protocol/traffic/entrance.ts";
import type { Step } from "../../release/step.ts";
import { leavingIn } from "../../release/tasks.ts";
import { weightsOf } from "../../release/workload.ts";
import type { Past } from "../past.ts";
import { readCluster } from "../read-cluster.ts";
import { chosenIdentity } from "./chosen-identity.ts";

type Where = Pick<Config, "cluster" | "namespace" | "app" | "manifests" | "traffic">;

const LONGEST_READ_MILLISECONDS = 10_000;

/** What an attempt goes by to know who answers. */
export interface LookBack extends Seen {
  /** Value of the header of the probe's own requests in this attempt; nobody else knows it. */
  readonly probeValue: string;
}

/** What there is to go by where nothing was looked for. */
export const UNSEEN: Seen = { untried: "config asks for none", idleSince: null };

/** What the looking is for. */
export interface LookBackArgs {
  readonly entrances: Entrances;
  /** Of this stage. */
  readonly steps: readonly Step[];
  readonly past: Pick<Past, "completed" | "entered">;
}

/**
 * What earlier attempts have left in the cluster that says how to know who answers: to be looked at
 * before this attempt writes anything. Null where answers alone tell who gives them.
 */
export async function lookBack(config: Where, args: LookBackArgs): Promise<Seen | null> {
  if (formOf(config) === "simple" && typeof chosenIdentity(config) !== "string") return null;
  const { untried, writtenAt } = await found(config, args.entrances);
  return { untried, idleSince: hadTraffic(args) ? null : writtenAt };
}

/** Either of the last stages, completed or only entered, may have given traffic to them. */
function hadTraffic({ steps, past: { completed, entered } }: LookBackArgs): boolean {
  const leaving = leavingIn(steps);
  return [completed, entered].some(
    (mark) => mark !== null && leaving.some((workload) => (weightsOf(mark.release)[workload] ?? 0) > 0),
  );
}

interface Found extends Pick<Seen, "untried"> {
  /**
   * When traffic was written last, by anybody, in milliseconds since the epoch; null where that is
   * not known.
   */
  readonly writtenAt: number | null;
}

async function found(config: Where, entrances: Entrances): Promise<Found> {
  try {
    return await readCluster(config.cluster, LONGEST_READ_MILLISECONDS, (api) =>
      look(config, entrances, api),
    );
  } catch (error) {
    return { untried: `the cluster could not be asked: ${errorWords(error)}`, writtenAt: null };
  }
}

async function look(config: Where, { objects }: Entrances, api: Pick<KubernetesApi, "get">): Promise<Found> {
  const { namespace, app } = config;
  const trial = pathOf(backendFor("gateway").object, { namespace, name: trialName(app.name) });
  const [tried, ...written] = await Promise.all([
    chosenIdentity(config) === "entrance" ? api.get(routeStatus, trial) : undefined,
    ...objects.map((object) => writtenAt(object, namespace, api)),
  ]);
  return { untried: whyNotTried(tried), writtenAt: latest(written) };
}

const writtenObject = z.object({ metadata: managedMetadata });

async function writtenAt(
  { kind, name }: Entrance,
  namespace: string,
  api: Pick<KubernetesApi, "get">,
): Promise<number | null> {
  const { object, field } = backendFor(kind === "HTTPRoute" ? "gateway" : "service");
  const seen = await api.get(writtenObject, pathOf(object, { namespace, name }));
  return seen ? lastWrite(seen.metadata, field) : null;
}

/** Null where one of them is not known. */
const latest = (times: readonly (number | null)[]): number | null =>
  times.reduce<number | null>(
    (last, time) => (last === null || time === null ? null : Math.max(last, time)),
    times.length > 0 ? 0 : null,
  );
