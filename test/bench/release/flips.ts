import { setTimeout as pause } from "node:timers/promises";
import type { ConnectionKind } from "../../../example/load/check/outcome.ts";
import type { Load } from "../../../example/load/start-load.ts";
import { giveAllBack, type Writing } from "../../../jobs/guard/traffic.ts";
import type { ClusterApi } from "../../../jobs/kubernetes/cluster-api.ts";
import type { Entrances } from "../../../protocol/traffic/entrance.ts";
import { simpleEntrances } from "../../../protocol/traffic/simple-entrances.ts";
import { addressBookConfig, createAddressBook } from "../../support/journey/address-book.ts";
import { jobsImage, plainAppImage } from "../../support/journey/journey-images.ts";
import { kubectlProxy } from "../../support/cluster/kubectl-proxy.ts";
import { startPageLoad } from "../../support/journey/page-load.ts";
import { kubectl, type Target } from "../../support/target.ts";

const NAME = "bench-flips";
const NODE_PORT = 30_490;
const RATE = 300;
/**
 * Between two flips: longer than any connection has ever taken to follow, but for those
 * that never do.
 */
const SETTLED_MILLISECONDS = 700;

/**
 * Times of one direction on one kind of connection, in milliseconds from the write being sent to
 * the last answer of the other colour.
 */
export interface FlipTimes {
  readonly entrance: "gateway" | "service";
  readonly direction: "switch" | "rollback";
  readonly connection: ConnectionKind;
  /** Null where the other colour still answered when the next flip was due. */
  readonly milliseconds: readonly (number | null)[];
}

export interface Flips {
  readonly times: readonly FlipTimes[];
  readonly requests: number;
  readonly failed: number;
}

/** Both colours of an application, warm, and the entrance written to and fro under load. */
export async function measureFlips(target: Target, count: number): Promise<Flips> {
  const image = await plainAppImage(target);
  const { app } = addressBookConfig(target, NAME, { v1: image, v2: image }) as { app: object };
  const book = await createAddressBook(
    target,
    NAME,
    { v1: image, v2: image },
    {
      database: undefined,
      jobs: { image: await jobsImage(target) },
      blue: { version: "1.0.0", image },
      green: { version: "2.0.0", image },
      app: { ...app, smoke: [], warmUp: { paths: ["/"], requests: 50 } },
    },
  );
  const proxy = await kubectlProxy(target);
  try {
    for (const phase of ["stable", "deploy"]) {
      await book.stack.configure({ phase });
      const outcome = await book.stack.up();
      if (!outcome.isOk) throw new Error(`Cannot begin to flip:\n${outcome.text}`);
    }
    await createPublicService(target);
    const byGateway = await flip(proxy.api, "gateway", count, {
      url: target.gateway.publicUrl,
      hostHeader: book.host,
    });
    const byService = await flip(proxy.api, "service", count, { url: `http://127.0.0.1:${NODE_PORT}` });
    return {
      times: [...byGateway.times, ...byService.times],
      requests: byGateway.requests + byService.requests,
      failed: byGateway.failed + byService.failed,
    };
  } finally {
    proxy.close();
    await book.remove();
  }
}

const labels = (colour: string) => ({
  "app.kubernetes.io/name": "address-book",
  "zero-downtime/workload": colour,
});

/** A public Service beside the gateway's route, as traffic.mode service makes it. */
async function createPublicService(target: Target): Promise<void> {
  const args = ["create", "service", "nodeport", "flips", "--tcp=80:8080", `--node-port=${NODE_PORT}`];
  await kubectl(target, "--namespace", NAME, ...args);
  const patch = JSON.stringify({ spec: { selector: { app: null, ...labels("blue") } } });
  await kubectl(target, "--namespace", NAME, "patch", "service", "flips", "--patch", patch);
}

const writing = (entrance: FlipTimes["entrance"], colour: "blue" | "green"): Writing => ({
  namespace: NAME,
  workloads: ["blue", "green"],
  entrances: waysIn(entrance),
  back: null,
  active: { colour },
});

/** The route that the stack has made, or the Service that stands beside it. */
function waysIn(entrance: FlipTimes["entrance"]): Entrances {
  const { objects, services } = simpleEntrances({
    app: { name: "address-book" },
    traffic: { mode: entrance },
  });
  const name = entrance === "gateway" ? "address-book" : "flips";
  return { objects: objects.map((object) => ({ ...object, name })), services };
}

/** Waits for the write, as whoever measures does. */
async function write(api: ClusterApi, entrance: FlipTimes["entrance"], colour: "blue" | "green") {
  const { objects } = waysIn(entrance);
  const failures = await giveAllBack(writing(entrance, colour), objects, api, new AbortController().signal);
  if (failures.length > 0) throw failures[0];
}

async function flip(
  api: ClusterApi,
  entrance: FlipTimes["entrance"],
  count: number,
  way: { readonly url: string; readonly hostHeader?: string },
): Promise<Flips> {
  const load = startPageLoad({ ...way, path: "/", rate: RATE });
  const found = new Map<string, (number | null)[]>();
  await write(api, entrance, "blue");
  await pause(SETTLED_MILLISECONDS);
  for (let flips = 0; flips < 2 * count; flips += 1) {
    const [colour, other, direction] =
      flips % 2 === 0 ? (["green", "blue", "switch"] as const) : (["blue", "green", "rollback"] as const);
    await load.mark(`${direction} ${flips}`);
    const sentAt = now();
    await write(api, entrance, colour);
    await pause(SETTLED_MILLISECONDS);
    for (const connection of ["fresh", "keptAlive"] as const) {
      const key = `${direction} ${connection}`;
      found.set(key, [...(found.get(key) ?? []), await lastAnswer(load, other, connection, sentAt)]);
    }
  }
  const { totals } = await load.stop();
  const times = [...found].map(([key, milliseconds]) => {
    const [direction, connection] = key.split(" ") as [FlipTimes["direction"], ConnectionKind];
    return { entrance, direction, connection, milliseconds };
  });
  return { times, requests: totals.sent, failed: totals.failed + totals.wrong };
}

const now = (): number => performance.timeOrigin + performance.now();

async function lastAnswer(
  load: Load,
  colour: string,
  connection: ConnectionKind,
  since: number,
): Promise<number | null> {
  const { seen } = load.snapshot();
  const last = seen.find((each) => each.colour === colour && each.connection === connection)?.lastAt ?? 0;
  if (now() - last < SETTLED_MILLISECONDS / 4) return null;
  return Math.max(0, last - since);
}
