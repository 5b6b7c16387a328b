import type { V1DeploymentSpec } from "@kubernetes/client-node";
import { Agent, request } from "undici";
import { z } from "zod";
import type { Colour } from "../../../release/release.ts";
import type { Images } from "../journey/address-book.ts";
import { startPageLoad, type PageLoadOptions } from "../journey/page-load.ts";
import { kubectl, type Target } from "../target.ts";
import type { DeployFolder, Path } from "./deploy-folder.ts";

/** The board's container in its Deployment. */
export const CONTAINER: Path = ["spec", "template", "spec", "containers", 0];

/** Config that releases the noticeboard from its manifests: version 1 on blue, 2 on green. */
export const noticeboardConfig = (name: string, folder: DeployFolder, { v1, v2 }: Images) => ({
  manifests: folder.path,
  blue: { version: "1.0.0", image: v1 },
  green: { version: "2.0.0", image: v2 },
  app: {
    name,
    preStopSeconds: 2,
    startSeconds: 30,
    drainSeconds: 5,
    smoke: [{ path: "/", expect: { status: 200 } }],
    warmUp: { paths: ["/"], requests: 100 },
  },
  database: undefined,
});

/** The page of the board. */
const page = z.object({
  version: z.string(),
  notice: z.string(),
  title: z.string().optional(),
  pageSize: z.number().optional(),
});

/** The page, as somebody reads it who comes to this address anew. */
export async function readPage(url: string): Promise<z.infer<typeof page>> {
  const { body } = await request(url, {
    reset: true,
    headers: { connection: "close" },
    dispatcher: new Agent(),
  });
  return page.parse(await body.json());
}

/** Readers of the board, who tell its versions by what the page says. */
export const startReaders = (options: Omit<PageLoadOptions, "versionIn">) =>
  startPageLoad({ ...options, versionIn: (body) => page.parse(JSON.parse(body)).version });

/** Where callers inside the cluster find a Service. */
export async function clusterAddress(target: Target, namespace: string, service: string): Promise<string> {
  const what = ["--namespace", namespace, "get", "service", service];
  return kubectl(target, ...what, "--output=jsonpath={.spec.clusterIP}");
}

const configMap = z.object({ immutable: z.boolean().optional(), data: z.record(z.string(), z.string()) });

/** What a colour runs, to the last field. */
export interface Served {
  /** The spec of its Deployment, without its size. */
  readonly spec: Omit<V1DeploymentSpec, "replicas">;
  /** The ConfigMaps that its pods name. */
  readonly configMaps: Readonly<Record<string, z.infer<typeof configMap>>>;
}

export async function servedBy(
  target: Target,
  namespace: string,
  application: string,
  colour: Colour,
): Promise<Served> {
  const read = async (kind: string, name: string): Promise<unknown> =>
    JSON.parse(await kubectl(target, "--namespace", namespace, "get", kind, name, "--output=json"));
  const { replicas: _, ...spec } = (
    (await read("deployment", `${application}-${colour}`)) as { spec: V1DeploymentSpec }
  ).spec;
  const { containers = [], volumes = [] } = spec.template.spec ?? {};
  const names = [
    ...containers.flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name)),
    ...volumes.map((volume) => volume.configMap?.name),
  ].filter((name) => name !== undefined);
  const configMaps: Record<string, z.infer<typeof configMap>> = {};
  for (const name of names) configMaps[name] = configMap.parse(await read("configmap", name));
  return { spec, configMaps };
}
