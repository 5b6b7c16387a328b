import { expect } from "chai";
import { formProblems } from "../../../components/config/form-problems.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";

const GOOD = {
  active: "blue",
  phase: "stable",
  strategy: "blue-green",
  namespace: "live",
  blue: { version: "1.0.0", image: `registry.test/shop@sha256:${"1".repeat(64)}` },
  app: { name: "shop" },
  traffic: { mode: "service" },
};

/** What is wrong in a config that is valid key by key. */
const problems = (changes: object) => {
  const values = { ...GOOD, ...changes };
  return formProblems(configSchema.parse(values), values);
};
const keysOf = (changes: object) => problems(changes).map(({ key }) => key);

const app = (more: object) => ({ app: { name: "shop", ...more } });

describe("config beside manifests", () => {
  const manifests = "deploy/";

  it("is refused where it describes the container, key by key, with the place where it belongs", () => {
    const places: readonly (readonly [object, string, RegExp])[] = [
      [app({ port: 3000 }), "app.port", /targetPort/],
      [app({ replicas: 3 }), "app.replicas", /spec\.replicas.*zero-downtime:replicas/],
      [app({ autoscale: { min: 2, max: 4 } }), "app.autoscale", /autoscalers cannot be released/],
      [app({ readiness: "/ok" }), "app.readiness", /readinessProbe/],
      [app({ liveness: "/ok" }), "app.liveness", /livenessProbe/],
      [app({ envFrom: [{ secret: "mail" }] }), "app.envFrom", /`envFrom`/],
      [app({ resources: {} }), "app.resources", /`resources`/],
      [app({ imagePullSecrets: ["login"] }), "app.imagePullSecrets", /imagePullSecrets/],
      [app({ writable: ["/tmp"] }), "app.writable", /volumes/],
      [app({ colourHeader: "x-colour" }), "app.colourHeader", /app\.identity, as \{ header/],
      [{ traffic: { mode: "service", type: "NodePort" } }, "traffic.type", /spec\.type/],
    ];
    for (const [changes, key, place] of places) {
      const [problem, ...others] = problems({ manifests, ...changes });
      expect(others).to.deep.equal([]);
      expect(problem?.key).to.equal(key);
      expect(problem?.rule).to.match(/^must be left out where zero-downtime:manifests is set/);
      expect(problem?.rule).to.match(place);
    }
  });

  it("is named in the reference as what is refused", () => {
    const { description = "" } = configSchema.shape.app.meta() ?? {};
    const said = [...description.matchAll(/`(\w+)`/g)].map(([, key]) => key);
    const values = { port: 1, replicas: 1, autoscale: { min: 1, max: 1 }, readiness: "/", liveness: "/" };
    const more = { colourHeader: "x", env: {}, envFrom: [{ secret: "a" }], resources: {} };
    const all = { ...values, ...more, imagePullSecrets: [], writable: ["/tmp"] };
    const refused = keysOf({ manifests, ...app(all) }).map((key) => key.replace("app.", ""));
    expect(said.slice(1)).to.have.members(refused);
  });

  it("is refused also where it says the default", () => {
    expect(keysOf({ manifests, ...app({ port: 8080, env: {}, replicas: 2 }) })).to.deep.equal([
      "app.port",
      "app.replicas",
      "app.env",
    ]);
  });

  it("shows no variable's value in a refusal, as that may be a password", () => {
    const [problem] = problems({ manifests, ...app({ env: { TOKEN: "xx-secret", LEVEL: "info" } }) });
    expect(problem?.value).to.deep.equal({ TOKEN: "…", LEVEL: "…" });
  });

  it("says what belongs to the release itself, and what is added to pods that do not say it", () => {
    const release = {
      identity: "endpoints",
      identityPath: "/version",
      drainSeconds: 5,
      container: "web",
      migrates: "allowed",
      smoke: [{ path: "/", expect: { status: 200 } }],
      warmUp: { paths: ["/"], requests: 50 },
      preStopSeconds: 10,
      longestRequestSeconds: 60,
      minReadySeconds: 5,
      startSeconds: 60,
    };
    const more = { replicas: 4, services: { peers: "both" }, unversioned: ["flags"], ignore: ["Job/seed"] };
    expect(keysOf({ manifests, ...more, ...app(release) })).to.deep.equal([]);
  });
});

describe("config without manifests", () => {
  it("is refused where it says something of them", () => {
    const changes = {
      services: { peers: "both" },
      unversioned: ["flags"],
      shared: ["StatefulSet/queue"],
      ignore: ["Job/seed"],
      ...app({ container: "web", migrates: "allowed" }),
    };
    expect(keysOf(changes)).to.deep.equal([
      "services",
      "unversioned",
      "shared",
      "ignore",
      "app.container",
      "app.migrates",
    ]);
    expect(problems(changes)[0]?.rule).to.equal(
      "says something of manifests, and zero-downtime:manifests names none",
    );
  });

  it("may have all that describes the container, and what the engine passes for what is left out", () => {
    const nothing = { manifests: "", services: {}, unversioned: [], shared: [], ignore: [] };
    expect(keysOf({ ...nothing, ...app({ port: 3000, env: { A: "b" } }), replicas: 3 })).to.deep.equal([]);
  });
});
