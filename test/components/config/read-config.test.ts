import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { readSettings, type Settings } from "../../../components/config/read-config.ts";
import type { Release } from "../../../release/release.ts";

const MIGRATIONS = ["0001-create-address", "0002-split-street"];
const image = (digit: string) => `registry.test/app@sha256:${digit.repeat(64)}`;

const PASSWORDS = { admin: "xx-admin", migrator: "xx-migrator", blue: "xx-blue", green: "xx-green" };
const bare = { version: "1.0.0", image: image("1") };

const GOOD: Record<string, unknown> = {
  active: "blue",
  phase: "stable",
  strategy: "blue-green",
  namespace: "default",
  blue: { version: "1.0.0", image: image("1"), schema: "0001-create-address" },
  green: { version: "2.0.0", image: image("2"), schema: "0002-split-street" },
  app: { name: "address-book" },
  traffic: {
    mode: "gateway",
    gateway: { name: "public", namespace: "infra" },
    clusterUrl: "http://gateway.infra.svc",
  },
  database: { host: "db.test", name: "app", admin: "postgres" },
  databasePasswords: PASSWORDS,
  jobs: { repository: "registry.test/jobs" },
};

/** The application logs in by itself. */
const OWN_LOGIN = {
  database: { host: "db.test", name: "app", admin: "postgres", logins: "application" },
  databasePasswords: { admin: "xx-admin", migrator: "xx-migrator" },
};

/** Reads the good config with some keys changed; undefined removes one. */
function read(
  changes: Record<string, unknown> = {},
  secrets: readonly string[] = ["databasePasswords"],
  completed: Release | null = null,
): Promise<Settings> {
  const entries = Object.entries({ ...GOOD, ...changes }).filter(([, value]) => value !== undefined);
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  pulumi.runtime.setAllConfig(
    Object.fromEntries(entries.map(([key, value]) => [`zero-downtime:${key}`, text(value)])),
    secrets.map((key) => `zero-downtime:${key}`),
  );
  return readSettings(
    MIGRATIONS.map((id) => ({ id })),
    { key: "key", completed: completed && { release: completed }, entered: null },
  );
}

async function refusal(changes: Record<string, unknown>): Promise<string> {
  try {
    await read(changes);
  } catch (error) {
    expect(error).to.be.instanceOf(pulumi.RunError);
    return (error as Error).message;
  }
  expect.fail("the settings were accepted");
}

describe("readSettings", () => {
  it("warns of passwords in clear, shows none, and says how to set them", async () => {
    const { warnings } = await read({}, []);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(
      /^zero-downtime:databasePasswords must be secrets: they are in clear\. .*pulumi config set --secret --path/,
    );
    for (const password of Object.values(PASSWORDS)) expect(warnings[0]).not.to.include(password);
    expect((await read()).warnings).to.deep.equal([]);
    const without = { database: undefined, databasePasswords: undefined, blue: bare, green: undefined };
    expect((await read(without, [])).warnings).to.deep.equal([]);
  });

  it("reads a release with the slots in the order in which it goes", async () => {
    const { asked: release } = await read({ phase: "switch", active: "green" });
    expect(release).to.deep.include({ phase: "switch", strategy: "blue-green" });
    expect([release.from.version, release.to?.version]).to.deep.equal(["1.0.0", "2.0.0"]);
  });

  it("has a Secret in place of what app encrypts, in config and release alike", async () => {
    const app = {
      ...(GOOD.app as object),
      env: { TOKEN: "planted-token" },
      smoke: [{ path: "/", headers: { "X-Key": "planted-key" }, expect: { status: 200 } }],
    };
    const open = await read({ app });
    expect(open.secrets).to.equal(null);
    expect(JSON.stringify(open.asked)).to.include("planted-token");
    const { secrets, config, asked } = await read({ app }, ["databasePasswords", "app"]);
    expect(secrets?.values).to.deep.equal({ "env.TOKEN": "planted-token", "smoke.0.x-key": "planted-key" });
    expect(config.app.env).to.deep.equal({ TOKEN: { secret: secrets?.name, key: "env.TOKEN" } });
    expect(JSON.stringify([config, asked]))
      .to.include(secrets?.name)
      .and.not.include("planted");
    const other = await read({ app: { ...app, env: { TOKEN: "planted-other" } } }, ["app"]);
    expect(other.secrets?.name).not.to.equal(secrets?.name);
  });

  it("keeps what a release began with in clear as it is until the release is over, and says so", async () => {
    const app = { ...(GOOD.app as object), env: { TOKEN: "planted-token" } };
    const secrets = ["databasePasswords", "app"];
    const stages = { phase: "switch", active: "green" };
    const { asked } = await read({ app, ...stages });
    const { warnings, ...under } = await read({ app, ...stages }, secrets, asked);
    expect(under.asked).to.deep.equal(asked);
    expect(under.secrets).to.equal(null);
    expect(warnings.join()).to.match(/app holds secrets that the release began with in clear/);
    const over = await read({ app }, secrets, (await read({ app })).asked);
    expect(over.secrets?.values).to.deep.equal({ "env.TOKEN": "planted-token" });
    expect(over.warnings).to.deep.equal([]);
  });

  it("refuses a size beside an autoscaler, which nobody would ever reach", async () => {
    const app = { ...(GOOD.app as object), autoscale: { min: 2, max: 9 } };
    expect(await refusal({ app, replicas: 4 })).to.match(
      /zero-downtime:replicas must be left out where app\.autoscale is set: .*; its value is 4/,
    );
    expect((await read({ app })).config.replicas).to.equal(0);
    expect((await read({ replicas: 4 })).config.replicas).to.equal(4);
  });

  it("warns of what app encrypts where it is kept from nobody", async () => {
    const smoke = [{ method: "POST", path: "/", body: "planted", expect: { status: 200 } }];
    const { warnings } = await read({ app: { ...(GOOD.app as object), smoke } }, [
      "databasePasswords",
      "app",
    ]);
    expect(warnings.join()).to.match(/app holds a secret in none of app\.env and no header of app\.smoke/);
    expect(warnings.join()).to.not.include("planted");
  });

  it("shows no value of a key that encrypts anything, where it is wrong", async () => {
    const app = { name: "book", env: { TOKEN: ["planted-token"] } };
    const error = await read({ app }, ["app"]).then(String, String);
    expect(error).to.include("zero-downtime:app.env").and.not.include("planted");
  });

  it("warns of a secret where none is kept as such", async () => {
    const { warnings } = await read({}, ["databasePasswords", "traffic"]);
    expect(warnings.join("\n")).to.match(/zero-downtime:traffic must not hold a secret/);
  });

  it("keeps secrets, and what may differ from machine to machine, out of the release", async () => {
    const { asked: release } = await read({ cluster: { kubeconfig: import.meta.filename } });
    expect(Object.keys(release.settings).sort()).to.deep.equal([
      "app",
      "database",
      "namespace",
      "soak",
      "traffic",
    ]);
    expect(JSON.stringify(release)).to.not.include(import.meta.filename);
  });

  it("names every wrong key at once, with its rule and its value", async () => {
    const message = await refusal({
      phase: "swich",
      blue: { version: "1.0.0", image: "app:latest" },
      app: { name: "A", prot: 1 },
    });
    expect(message).to.match(/^Cannot read the config as 4 values are wrong; nothing was changed\.\n/);
    expect(message).to.match(/zero-downtime:phase must be one of stable, expand, .*; its value is "swich"/);
    expect(message).to.match(
      /zero-downtime:blue\.image must name an image by digest.*; its value is "app:latest"/,
    );
    expect(message).to.match(/zero-downtime:app\.name must be .*; its value is "A"/);
    expect(message).to.match(/zero-downtime:app has keys that do not exist: prot/);
  });

  const wrong: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    [
      "colours with the same version",
      { green: { version: "1.0.0", image: image("2") } },
      /green\.version must differ from blue\.version; its value is "1\.0\.0"/,
    ],
    [
      "no active colour",
      { blue: undefined },
      /zero-downtime:blue must be set in stable with blue active; it is not set/,
    ],
    [
      "a moving release without the other colour",
      { phase: "deploy", green: undefined },
      /green must be set in deploy with blue active/,
    ],
    [
      "a migration that has no folder",
      { green: { version: "2", image: image("2"), schema: "0009-nowhere" } },
      /green\.schema must be a folder of migrations\/ \(0001-create-address, 0002-split-street\); its value is "0009-nowhere"/,
    ],
    [
      "a phase of another strategy",
      { phase: "roll" },
      /phase does not exist in strategy blue-green; its value is "roll"/,
    ],
    [
      "a weight between the rungs",
      { strategy: "canary", phase: "canary", weight: 7 },
      /weight must be one of canary\.rungs \(1, 5, 25, 50\) in canary; its value is 7/,
    ],
    [
      "canary without a gateway",
      { strategy: "canary", traffic: { mode: "service" } },
      /strategy cannot be canary with traffic\.mode service, as a Service has no weights: use a Gateway of the Gateway API \(traffic\.mode gateway\), or strategy blue-green; its value is "canary"/,
    ],
    [
      "a port of the nodes for a Service that has none",
      { traffic: { mode: "service", type: "LoadBalancer", nodePort: 30_080 } },
      /zero-downtime:traffic\.nodePort needs traffic\.type NodePort; its value is 30080/,
    ],
    [
      "a schema without a database",
      { database: undefined },
      /database must be set where a colour has a schema/,
    ],
    [
      "a database without passwords",
      { databasePasswords: undefined },
      /databasePasswords must be set \(as secrets\)/,
    ],
    [
      "rungs that do not ascend",
      { canary: { rungs: [5, 1] } },
      /canary\.rungs must ascend; its value is \[5,1\]/,
    ],
    [
      "a kubeconfig that does not exist",
      { cluster: { kubeconfig: "/nowhere" } },
      /cluster\.kubeconfig must be a file that exists; its value is "\/nowhere"/,
    ],
    [
      "a variable beside manifests",
      { manifests: "deploy/", app: { name: "shop", env: { TOKEN: "xx" } } },
      /app\.env must be left out where zero-downtime:manifests is set.*; its value is \{"TOKEN":"…"\}/,
    ],
    [
      "a container of manifests that are not named",
      { manifests: "", app: { name: "shop", container: "web" } },
      /app\.container says something of manifests, and zero-downtime:manifests names none; its value is "web"/,
    ],
    [
      "a colour's login without its password",
      { databasePasswords: { admin: "a", migrator: "b", green: "c" } },
      /databasePasswords\.blue must be set unless database\.logins is application; it is not set/,
    ],
    [
      "a guard that tells sessions by logins which both versions may have",
      { ...OWN_LOGIN, canary: { database: { slowSeconds: 1 } } },
      /canary\.database needs database\.logins: colour, as the guard/,
    ],
    ["nowhere to push the jobs image", { jobs: {} }, /jobs\.repository must say where to push/],
  ];
  for (const [what, changes, message] of wrong) {
    it(`refuses ${what}`, async () => expect(await refusal(changes)).to.match(message));
  }

  it("asks for no password of a colour where the application has a login of its own, and takes one all the same", async () => {
    expect((await read(OWN_LOGIN)).passwordsOf).to.deep.equal(["admin", "migrator"]);
    const all = await read({ ...OWN_LOGIN, databasePasswords: PASSWORDS });
    expect(all.passwordsOf).to.deep.equal(Object.keys(PASSWORDS));
  });

  it("never prints a password", async () => {
    const message = await refusal({ databasePasswords: { admin: "s3cret", migrator: 5, blue: "c" } });
    expect(message).to.not.include("s3cret");
    expect(message).to.match(/databasePasswords\.migrator must be of type string; its value is "\[secret\]"/);
  });
});
