import type { Json } from "../../release/release.ts";
import type { Cookie, Routing } from "./backend.ts";

/** A Service behind the entrance and its share, in percent. */
export interface Backend {
  readonly service: string;
  readonly weight: number;
}

/** Header by which testers reach the candidate. */
export interface Testers {
  readonly name: string;
  readonly value: string;
}

/** Who gets what of an HTTPRoute's traffic. */
export interface RouteTraffic {
  readonly backends: readonly Backend[];
  readonly candidate: Routing["candidate"];
  /** Null: none. */
  readonly testers: Testers | null;
  readonly cookie: Cookie | null;
}

/**
 * The rules of the HTTPRoute; the last one is for everybody. Every field that the API server would
 * default is written out, so that another writer's apply can be compared.
 */
export function routeRules({ backends, candidate, testers, cookie }: RouteTraffic): Json[] {
  const everybody = (refs: readonly Json[]) => ({ matches: [EVERYTHING], backendRefs: refs });
  if (candidate === null) return [everybody(backends.map(reference))];
  const only = (header: Json, service: string): Json => ({
    matches: [{ ...EVERYTHING, headers: [header] }],
    backendRefs: [reference({ service, weight: 1 })],
  });
  const testing = testers ? [only({ type: "Exact", ...testers }, candidate)] : [];
  if (!cookie) return [...testing, everybody(backends.map(reference))];
  const given = backends.flatMap(({ service }) => {
    const value = cookie.values[service];
    return value === undefined ? [] : [{ service, pair: `${cookie.name}=${value}` }];
  });
  const staying = given.map(({ service, pair }) =>
    only({ type: "RegularExpression", name: "Cookie", value: `(.*; *)?${pair}(;.*)?` }, service),
  );
  const meeting = backends.map((backend) => {
    const pair = given.find(({ service }) => service === backend.service)?.pair;
    const value = `${pair}; Path=/; HttpOnly; SameSite=Lax`;
    const filter = {
      type: "ResponseHeaderModifier",
      responseHeaderModifier: { add: [{ name: "Set-Cookie", value }] },
    };
    return pair === undefined ? reference(backend) : { ...reference(backend), filters: [filter] };
  });
  return [...testing, ...staying, everybody(meeting)];
}

/** The match of every request. */
export const EVERYTHING = { path: { type: "PathPrefix", value: "/" } };

/** A reference to a Service of the simple form. */
export const reference = ({ service, weight }: Backend) => ({
  group: "",
  kind: "Service",
  name: service,
  port: 80,
  weight,
});
