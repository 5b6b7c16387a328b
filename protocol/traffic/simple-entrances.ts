import type { DeepReadonly } from "../deep-readonly.ts";
import { backendFor, type Traffic, type TrafficMode } from "./backends.ts";
import type { Entrances } from "./entrance.ts";

/** What of config says where the public comes in, without manifests. */
export interface SimpleForm {
  readonly app: { readonly name: string };
  /** Whoever only moves traffic may leave out everything but the mode. */
  readonly traffic: { readonly mode: TrafficMode } & DeepReadonly<Partial<Traffic>>;
}

/**
 * The entrances of an application that config describes itself: in mode `service` a public Service
 * of the application's name, in mode `gateway` a route of that name to a Service that is behind the
 * route only.
 */
export const simpleEntrances = ({ app, traffic }: SimpleForm): Entrances =>
  backendFor(traffic.mode).simple(app.name, traffic);
