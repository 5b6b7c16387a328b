import { z } from "zod";
import { WORKLOADS } from "../../release/workload.ts";
import { fittedName } from "../fitted-name.ts";

/**
 * An object through which users reach the web pods, as the application's files have it: the parts
 * that decide who serves are replaced when traffic is written, all else stays. Holds no secrets.
 */
export const entrance = z.object({
  kind: z.enum(["HTTPRoute", "Service"]),
  name: z.string().min(1),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  /**
   * A Service's ports and selector name the web pods of any workload; a route's `backendRefs` name
   * the Services in {@link followed}.
   */
  spec: z.record(z.string(), z.json()),
});
export type Entrance = z.infer<typeof entrance>;

/** A Service whose selector finds web pods; beside it stands one for each workload. */
export const followed = z.object({
  name: z.string().min(1),
  ports: z
    .array(
      z.object({
        name: z.string().optional(),
        port: z.number().int(),
        targetPort: z.union([z.string(), z.number().int()]).optional(),
        protocol: z.string().optional(),
        appProtocol: z.string().optional(),
      }),
    )
    .min(1),
  /** Selects web pods of any workload; without the label of a workload. */
  selector: z.record(z.string(), z.string()),
  /** Whether there is a Service under its own name; without one it is behind routes only. */
  isPublic: z.boolean(),
});
export type Followed = z.infer<typeof followed>;

/** All ways in, in the order in which they are written: routes, then Services. */
export const entrances = z.object({
  objects: z.array(entrance).min(1),
  /** The first is where checks send their requests. */
  services: z.array(followed).min(1),
});
export type Entrances = z.infer<typeof entrances>;

/** A Service's name is a label of DNS, with room for each workload. */
const LONGEST_SERVICE = 63 - Math.max(...WORKLOADS.map((workload) => workload.length + 1));

/** Name of the Service in front of the pods of one workload. */
export const workloadService = (service: string, workload: string): string =>
  `${fittedName(service, LONGEST_SERVICE)}-${workload}`;

/** `HTTPRoute shop`, for people. */
export const titleOfEntrance = ({ kind, name }: Pick<Entrance, "kind" | "name">): string => `${kind} ${name}`;

/**
 * The entrances of one version, and those that another one has besides: these are still there while
 * a release is on its way.
 */
export function withEntrancesOf(one: Entrances, two: Entrances): Entrances {
  const isSame = (a: Entrance, b: Entrance) => a.kind === b.kind && a.name === b.name;
  const objects = [
    ...one.objects,
    ...two.objects.filter((object) => !one.objects.some((each) => isSame(each, object))),
  ];
  const isService = ({ kind }: Entrance) => kind === "Service";
  return {
    objects: [...objects.filter((object) => !isService(object)), ...objects.filter(isService)],
    services: [
      ...one.services,
      ...two.services.filter(({ name }) => !one.services.some((each) => each.name === name)),
    ],
  };
}

/**
 * The name of an entrance's resource in the state: the prefix alone for one with the application's
 * name, of which there is one of each kind. It goes by the object and not by its place in the
 * files: the engine would delete an object whose name in the state another one takes.
 */
export const entranceResource = (
  prefix: string,
  { kind, name }: Pick<Entrance, "kind" | "name">,
  app: string,
): string => (name === app ? prefix : `${prefix}-${kind}-${name}`.toLowerCase());

/** Whether a resource has such a name. */
export const isEntranceResource = (resource: string, prefix: string): boolean =>
  resource === prefix ||
  entrance.shape.kind.options.some((kind) => resource.startsWith(`${prefix}-${kind.toLowerCase()}-`));
