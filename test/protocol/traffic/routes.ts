// Routes as people write them, at random: of every kind of match, filter and backend that matters.
import fc from "fast-check";
import { routeSpec, type RouteSpec } from "../../../protocol/traffic/route-shape.ts";

/** A reference to a Service, as the API server shows it. */
export const to = (name: string, weight: number, more: object = {}) => ({
  group: "",
  kind: "Service",
  name,
  port: 80,
  weight,
  ...more,
});

/** The Services that follow the traffic in {@link routes}. */
export const ROUTED = [{ name: "shop" }, { name: "shop-admin" }];

const header = fc.record({
  type: fc.constantFrom("Exact", "RegularExpression"),
  name: fc.constantFrom("x-a", "x-b", "x-c"),
  value: fc.constantFrom("1", "2"),
});

const match = fc.record(
  {
    path: fc.record(
      {
        type: fc.constantFrom("PathPrefix", "Exact"),
        value: fc.constantFrom("/", "/api", "/api/v1", "/old"),
      },
      { requiredKeys: ["value"] },
    ),
    method: fc.constantFrom("GET", "POST"),
    headers: fc.uniqueArray(header, { selector: ({ name }) => name, maxLength: 2 }),
  },
  { requiredKeys: [] },
);

const backendRef = fc.record(
  {
    name: fc.constantFrom("shop", "shop-admin", "shop-legacy", "docs"),
    namespace: fc.constantFrom("elsewhere"),
    port: fc.constantFrom(80, 8080),
    weight: fc.integer({ min: 0, max: 20 }),
  },
  { requiredKeys: ["name", "port"] },
);

const rule = fc.record(
  {
    matches: fc.array(match, { minLength: 1, maxLength: 3 }),
    filters: fc.constantFrom([
      { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-a", value: "1" }] } },
    ]),
    timeouts: fc.constantFrom({ request: "10s" }),
    backendRefs: fc.array(backendRef, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: [] },
);

/** Rules with different matches, as those with the same never get a request. */
export const routes: fc.Arbitrary<RouteSpec> = fc
  .uniqueArray(rule, {
    minLength: 1,
    maxLength: 4,
    selector: (one) => JSON.stringify(routeSpec.parse({ rules: [one] }).rules[0]?.matches),
  })
  .map((rules) => routeSpec.parse({ rules }));
