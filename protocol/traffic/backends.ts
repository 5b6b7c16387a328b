import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly.ts";
import type { EntranceKind, Testers, TrafficBackend } from "./backend.ts";
import type { Entrance } from "./entrance.ts";
import { gatewayApi } from "./gateway-api.ts";
import { service } from "./service.ts";

/** The public traffic in config: one of the backends, by its mode. */
export const trafficSchema = z.discriminatedUnion("mode", [service.config, gatewayApi.config]);
export type Traffic = z.infer<typeof trafficSchema>;
export type TrafficMode = Traffic["mode"];

/** Every backend, by the mode that chooses it in config. */
const BACKENDS = { service, gateway: gatewayApi } satisfies {
  readonly [Mode in TrafficMode]: TrafficBackend<Extract<Traffic, { mode: Mode }>>;
};

export const TRAFFIC_MODES = Object.keys(BACKENDS) as readonly TrafficMode[];

/**
 * The backend of a mode. It is given the `traffic` of a config with that mode only, see
 * {@link backendOf}.
 */
export const backendFor = (mode: TrafficMode): TrafficBackend<Traffic> =>
  BACKENDS[mode] as unknown as TrafficBackend<Traffic>;

/** The backend that config has chosen. */
export const backendOf = ({ mode }: Pick<Traffic, "mode">): TrafficBackend<Traffic> => backendFor(mode);

/** Who reaches the candidate by a header; null: nobody. */
export const testersOf = (traffic: DeepReadonly<Traffic>): Testers | null =>
  ("candidateHeader" in traffic ? traffic.candidateHeader : undefined) ?? null;

/** How entrances of a kind are written and read. */
export function entranceKind(kind: Entrance["kind"]): EntranceKind {
  const found = Object.values(BACKENDS).find(({ object }) => object.kind === kind);
  if (!found) throw new RangeError(`Cannot write traffic to a ${kind} as no backend does`);
  return found;
}
