import { z } from "zod";
import { isJsonObject, type Json, type JsonObject } from "../../release/release.ts";

/** API group of the Gateway API. */
export const GATEWAY_GROUP = "gateway.networking.k8s.io";

/** The match of every request. */
export const EVERYTHING = { path: { type: "PathPrefix", value: "/" } };

/** Most rules of a route, and most matches of all of them: the API server refuses more. */
export const MOST_RULES = 16;
export const MOST_MATCHES = 128;

/** As {@link MOST_RULES}, of one match and of one rule. */
export const MOST_HEADERS = 16;
export const MOST_BACKENDS = 16;
export const MOST_WEIGHT = 1_000_000;

/**
 * The most that files may write in a rule which leads to the application: a release writes a
 * hundred times as much, so that a colour can have whole percents.
 */
export const MOST_OWN_WEIGHT = MOST_WEIGHT / 100;

/** A field of an object, whatever it is: what nobody here looks at stays as it is. */
const anything = z.json();

/** Of a match: what a header or a parameter of the query must be. */
const valueMatch = z
  .object({ type: z.string().default("Exact"), name: z.string(), value: z.string() })
  .catchall(anything);

const match = z
  .object({
    path: z
      .object({ type: z.string().default("PathPrefix"), value: z.string().default("/") })
      .catchall(anything)
      .default(EVERYTHING.path),
    method: z.string().exactOptional(),
    headers: z.array(valueMatch).exactOptional(),
    queryParams: z.array(valueMatch).exactOptional(),
  })
  .catchall(anything);
export type Match = z.infer<typeof match>;

const backendObject = { group: z.string().default(""), kind: z.string().default("Service") };

const headerValue = z.object({ name: z.string(), value: z.string() }).catchall(anything);

const headerModifier = z
  .object({ set: z.array(headerValue).exactOptional(), add: z.array(headerValue).exactOptional() })
  .catchall(anything);

const filter = z
  .object({
    type: z.string(),
    responseHeaderModifier: headerModifier.exactOptional(),
    requestMirror: z
      .object({
        backendRef: z.object(backendObject).catchall(anything),
        fraction: z
          .object({ denominator: z.number().default(100) })
          .catchall(anything)
          .exactOptional(),
      })
      .catchall(anything)
      .exactOptional(),
    requestRedirect: z
      .object({ statusCode: z.number().default(302) })
      .catchall(anything)
      .exactOptional(),
    cors: z
      .object({ maxAge: z.number().default(5) })
      .catchall(anything)
      .exactOptional(),
  })
  .catchall(anything);
export type Filter = z.infer<typeof filter>;

const backendRef = z
  .object({
    ...backendObject,
    name: z.string(),
    namespace: z.string().exactOptional(),
    port: z.number().exactOptional(),
    weight: z.number().default(1),
    filters: z.array(filter).exactOptional(),
  })
  .catchall(anything);
export type BackendRef = z.infer<typeof backendRef>;

const rule = z
  .object({
    name: z.string().exactOptional(),
    matches: z
      .array(match)
      .default([EVERYTHING])
      .transform((matches): Match[] => (matches.length > 0 ? matches : [EVERYTHING])),
    filters: z.array(filter).exactOptional(),
    backendRefs: z.array(backendRef).exactOptional(),
  })
  .catchall(anything);
export type Rule = z.infer<typeof rule>;

const parentRef = z
  .object({ group: z.string().default(GATEWAY_GROUP), kind: z.string().default("Gateway") })
  .catchall(anything);

/**
 * The spec of an HTTPRoute, with every field spelled out that the API server would default, so that
 * it equals what the cluster shows.
 */
export const routeSpec = z
  .object({
    parentRefs: z.array(parentRef).exactOptional(),
    hostnames: z.array(z.string()).exactOptional(),
    rules: z.array(rule).default([{ matches: [EVERYTHING] }]),
  })
  .catchall(anything);
export type RouteSpec = z.infer<typeof routeSpec>;

/**
 * A rule, or a reference to a backend, that adds something to the headers of its answers. There may
 * be one filter of that type only, so one that is there is extended.
 */
export function withResponseHeader<Filtered extends { readonly filters?: Filter[] }>(
  given: Filtered,
  how: "add" | "set",
  header: { readonly name: string; readonly value: string },
): Filtered {
  const { filters = [] } = given;
  const extended = (filter: Filter | undefined): Filter => ({
    ...filter,
    type: MODIFIER,
    responseHeaderModifier: {
      ...filter?.responseHeaderModifier,
      [how]: [...(filter?.responseHeaderModifier?.[how] ?? []), { ...header }],
    },
  });
  const isModifier = ({ type }: Filter) => type === MODIFIER;
  return {
    ...given,
    filters: filters.some(isModifier)
      ? filters.map((filter) => (isModifier(filter) ? extended(filter) : filter))
      : [...filters, extended(undefined)],
  };
}

const MODIFIER = "ResponseHeaderModifier";

/**
 * A route's spec whose references to Services of its own namespace do not state that, as the
 * Gateway API allows: so they are known from those to others. All else is as it was.
 */
export function withoutOwnNamespace(spec: JsonObject, own: string): JsonObject {
  const local = (ref: Json): Json => {
    if (!isJsonObject(ref) || ref["namespace"] !== own) return ref;
    const { namespace: _, ...rest } = ref;
    return rest;
  };
  const ruled = (rule: Json): Json =>
    isJsonObject(rule) && Array.isArray(rule["backendRefs"])
      ? { ...rule, backendRefs: rule["backendRefs"].map(local) }
      : rule;
  return Array.isArray(spec["rules"]) ? { ...spec, rules: spec["rules"].map(ruled) } : spec;
}
