import { z } from "zod";
import type { Weights } from "../../release/workload.ts";
import { lastWriter, managedMetadata } from "../kubernetes/managed-fields.ts";
import { pathOf, objectWith } from "../kubernetes/object-kind.ts";
import { readAndApply, type RoleRule, type Routing, type TrafficFound } from "./backend.ts";
import { entranceKind } from "./backends.ts";
import { titleOfEntrance, type Entrance, type Entrances } from "./entrance.ts";
import { describeTraffic, isSameTraffic } from "./shares.ts";

/** An entrance as it is in the cluster. */
export interface LiveEntrance extends TrafficFound {
  readonly entrance: Entrance;
  /** The field manager that moved its traffic last; null where the API server names none. */
  readonly writer: string | null;
}

/** Where the API server has an entrance. */
export const entrancePath = ({ kind, name }: Entrance, namespace: string): string =>
  pathOf(entranceKind(kind).object, { namespace, name });

/** Parses an entrance, as the API server returns it. */
export function liveEntrance(
  entrance: Entrance,
  { services }: Pick<Entrances, "services">,
): z.ZodType<LiveEntrance> {
  const { read, field } = entranceKind(entrance.kind);
  return z
    .object({ metadata: managedMetadata, spec: read(entrance, services) })
    .transform(({ metadata, spec }) => ({ entrance, ...spec, writer: lastWriter(metadata, field) }));
}

/** What to apply so that an entrance gives the traffic as a routing has it. */
export function entranceMoved(
  entrance: Entrance,
  { services }: Pick<Entrances, "services">,
  routing: Routing,
  namespace: string,
) {
  const { object, write } = entranceKind(entrance.kind);
  return objectWith(object, { namespace, name: entrance.name }, write(entrance, services, routing));
}

/** Entrances with nothing but what whoever moves traffic needs of them. */
export const movableParts = ({ objects, services }: Entrances): Entrances => ({
  objects: objects.map(({ kind, name, spec }) => {
    const { field } = entranceKind(kind);
    const value = spec[field];
    return { kind, name, labels: {}, annotations: {}, spec: value === undefined ? {} : { [field]: value } };
  }),
  services,
});

/** Who gets how much of the public traffic: by the first entrance, which is where users come in. */
export const publicWeights = ([first]: readonly LiveEntrance[]): Weights => first?.weights ?? {};

/** What an entrance gives once a routing is written. */
export const weightsGiven = ({ kind }: Entrance, routing: Routing): Weights =>
  entranceKind(kind).gives(routing);

/** The entrances that do not give the traffic as a routing has it: as another, or not as one. */
export const entrancesUnlike = <E extends Omit<LiveEntrance, "writer">>(
  found: readonly E[],
  routing: Routing,
): E[] =>
  found.filter(
    ({ entrance, weights, others }) =>
      others.length > 0 || !isSameTraffic(weights, weightsGiven(entrance, routing)),
  );

/** What an entrance gives, in words: `blue 95 %, green 5 %`. */
export const describeEntrance = ({ weights, others }: TrafficFound): string =>
  [weights, ...others].map(describeTraffic).join(" by one rule, and by another ");

/**
 * What of several entrances one is, in words: the only one needs no name.
 *
 * @param all of them
 */
export const describeWhich = (entrance: Entrance, all: readonly Entrance[]): string =>
  all.length === 1 ? "The entrance" : titleOfEntrance(entrance);

/** What a Role must allow to those who read and write these objects, and only them. */
export const entranceRights = ({ objects }: Entrances): RoleRule[] =>
  [...Map.groupBy(objects, ({ kind }) => kind)].map(([kind, those]) =>
    readAndApply(
      entranceKind(kind).object,
      those.map(({ name }) => name),
    ),
  );
