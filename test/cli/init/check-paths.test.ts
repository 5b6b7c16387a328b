import { expect } from "chai";
import { checkPaths } from "../../../cli/init/check-paths.ts";
import { prepare, type Files } from "../../manifests/prepare/shop.ts";

const HTTP = { readinessProbe: { httpGet: { path: "/ready", port: "http" } } };
const TCP = { readinessProbe: { tcpSocket: { port: "http" } } };

const route = (...rules: object[]) => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "shop" },
  spec: { rules },
});
const to = (name: string, ...paths: object[]) => ({
  ...(paths.length > 0 ? { matches: paths.map((path) => ({ path })) } : {}),
  backendRefs: [{ name, port: 80 }],
});
const prefix = (value: string) => ({ type: "PathPrefix", value });
const exact = (value: string) => ({ type: "Exact", value });

const paths = (container: object, ...rules: object[]) => {
  const files: Files = { container, ...(rules.length > 0 ? { routes: [route(...rules)] } : {}) };
  return checkPaths(prepare(files).objects);
};

describe("the paths that checks ask of an application of manifests", () => {
  it("are those of its HTTP readiness probe", () => {
    expect(paths(HTTP)).to.deep.equal({ readiness: "/ready", identity: "/ready" });
  });

  it("are not known where the probe is of another kind", () => {
    expect(paths(TCP)).to.deep.equal({ readiness: null, identity: "/" });
  });

  it("are for the probe one that the route leads to the application", () => {
    expect(paths(HTTP, to("shop")).identity).to.equal("/ready");
    expect(paths(HTTP, to("shop", prefix("/"))).identity).to.equal("/ready");
    expect(paths(HTTP, to("shop", prefix("/ready/"))).identity).to.equal("/ready");
    expect(paths(HTTP, to("shop", exact("/ready"))).identity).to.equal("/ready");
    expect(paths(HTTP, to("shop", prefix("/api"))).identity).to.equal("/api");
    expect(paths(HTTP, to("shop", prefix("/read"))).identity).to.equal("/read");
    expect(paths(HTTP, to("shop", exact("/"))).identity).to.equal("/");
    expect(paths(TCP, to("shop", prefix("/api"))).identity).to.equal("/api");
  });

  it("pass over rules that lead elsewhere, and paths that are patterns", () => {
    const pattern = { type: "RegularExpression", value: "/a.*" };
    expect(paths(HTTP, to("blog", prefix("/blog")), to("shop", prefix("/shop"))).identity).to.equal("/shop");
    expect(paths(HTTP, to("shop", pattern, prefix("/shop"))).identity).to.equal("/shop");
    expect(paths(HTTP, to("shop", pattern)).identity).to.equal("/ready");
  });
});
