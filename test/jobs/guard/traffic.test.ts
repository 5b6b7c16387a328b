import { expect } from "chai";
import { Forbidden, type ClusterApi } from "../../../jobs/kubernetes/cluster-api.ts";
import { afterLook, begin, type Sight } from "../../../jobs/guard/guard-state.ts";
import { giveAllBack, readTraffic, stageRouting } from "../../../jobs/guard/traffic.ts";
import { entranceKind } from "../../../protocol/traffic/backends.ts";
import type { Entrance, Entrances } from "../../../protocol/traffic/entrance.ts";
import type { Routing } from "../../../protocol/traffic/backend.ts";
import { settingsFor } from "./watched-double.ts";

const NEVER = new AbortController().signal;
const ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes";
const SERVICES = "/api/v1/namespaces/shop/services";

const object = (kind: Entrance["kind"], name: string, spec: object): Entrance => ({
  kind,
  name,
  labels: {},
  annotations: {},
  spec: spec as Entrance["spec"],
});
const service = (name: string) =>
  object("Service", name, { selector: { app: "shop" }, ports: [{ port: 80 }] });
const route = (path: string) =>
  object("HTTPRoute", "shop", {
    rules: [{ matches: [{ path: { value: path } }], backendRefs: [{ name: "shop", port: 80 }] }],
  });
const followed = (name: string) => ({
  name,
  ports: [{ port: 80 }],
  selector: { app: "shop" },
  isPublic: true,
});
const services = [followed("shop"), followed("shop-admin")];
const entrances: Entrances = {
  objects: [route("/v2"), service("shop"), service("shop-admin")],
  services,
};
const settings = settingsFor(1, { entrances });

/** An API server with these objects, which notes what is applied. */
function api(objects: Readonly<Record<string, object>>, isRefused = (_: string) => false) {
  const applied: { path: string; spec: unknown }[] = [];
  const double: ClusterApi = {
    get: (shape, path) =>
      Promise.resolve(objects[path] ? shape.parse({ metadata: {}, spec: objects[path] }) : undefined),
    apply: (shape, path, written) => {
      if (isRefused(path)) return Promise.reject(new Forbidden(`Cannot write ${path}`));
      applied.push({ path, spec: (written as { spec: unknown }).spec });
      return Promise.resolve(shape.parse({}));
    },
  };
  return { double, applied };
}

const written = (entrance: Entrance, routing: Routing) =>
  JSON.parse(JSON.stringify(entranceKind(entrance.kind).spec(entrance, services, routing))) as object;

describe("the guard at several entrances", () => {
  it("reads those that are there", async () => {
    const found = await readTraffic(
      settings,
      api({
        [`${ROUTES}/shop`]: written(route("/v2"), stageRouting(settings)),
        [`${SERVICES}/shop-admin`]: written(service("shop-admin"), stageRouting(settings)),
      }).double,
      NEVER,
    );
    expect(found.map(({ entrance, weights }) => [entrance.name, weights])).to.deep.equal([
      ["shop", { blue: 95, green: 5 }],
      ["shop-admin", { blue: 100 }],
    ]);
  });

  it("gives all back at each that is there, the route first, as the active version has them", async () => {
    const { double, applied } = api({});
    const back = { objects: [route("/"), service("shop"), service("shop-admin")], services };
    const there = [service("shop-admin"), route("/v2")];
    expect(await giveAllBack({ ...settings, back }, there, double, NEVER)).to.deep.equal([]);
    expect(applied.map(({ path }) => path)).to.deep.equal([`${ROUTES}/shop`, `${SERVICES}/shop-admin`]);
    expect(applied[0]?.spec).to.have.nested.property("rules[0].matches[0].path.value", "/");
    expect(applied[1]?.spec).to.deep.equal({
      selector: { app: "shop", "zero-downtime/workload": "blue" },
    });
  });

  it("gives all back at the others where one cannot be written, and says so", async () => {
    const { double, applied } = api({}, (path) => path.endsWith("/httproutes/shop"));
    const failures = await giveAllBack(settings, entrances.objects, double, NEVER);
    expect(failures.map(String)).to.deep.equal([`Forbidden: Cannot write ${ROUTES}/shop`]);
    expect(applied.map(({ path }) => path)).to.deep.equal([`${SERVICES}/shop`, `${SERVICES}/shop-admin`]);
  });

  it("judges nothing while one of them gives other traffic than the stage's, and names it", async () => {
    const routing = stageRouting(settings);
    const sightOf = async (ofAdmin: Routing): Promise<Sight> => {
      const objects = {
        [`${ROUTES}/shop`]: written(route("/v2"), routing),
        [`${SERVICES}/shop`]: written(service("shop"), routing),
        [`${SERVICES}/shop-admin`]: written(service("shop-admin"), ofAdmin),
      };
      const [first, ...others] = await readTraffic(settings, api(objects).double, NEVER);
      if (!first) throw new Error("there are entrances");
      const nothing = { seen: [], alive: [], ready: 2, unread: [], restarts: {} };
      return {
        at: 2_000,
        entrances: [first, ...others],
        active: nothing,
        candidate: nothing,
        database: { active: null, candidate: null },
        problems: [],
      };
    };
    const sentence = async (ofAdmin: Routing) =>
      afterLook(begin(null, settings, 1_000), await sightOf(ofAdmin), settings).record.stages["5"]?.judgement
        .sentence;
    expect(await sentence(routing)).to.not.match(/nothing is judged/);
    const moved = { ...routing, weights: { blue: 0, green: 100 }, candidate: null };
    expect(await sentence(moved)).to.equal(
      "Service shop-admin gives green 100 %, as nobody known wrote it, and not this stage's blue 100 %: nothing is judged.",
    );
  });
});
