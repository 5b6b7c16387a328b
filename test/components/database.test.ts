import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { DatabaseAccess, refuseOtherPassword } from "../../components/database.ts";
import type { Cluster } from "../../components/cluster.ts";
import { configSchema } from "../../protocol/config/config-schema.ts";
import type { Colour } from "../../release/release.ts";

/** What is said when a role's password in the state is one and in config another. */
async function said(before: string | undefined, next: string): Promise<string> {
  const inputs = (password: string | undefined) => ({
    name: "shop_blue",
    ...(password === undefined ? {} : { password: pulumi.secret(password) }),
  });
  const args = { oldInputs: inputs(before), newInputs: inputs(next) };
  return refuseOtherPassword(args as unknown as pulumi.ResourceHookArgs).then(
    () => "",
    (error: unknown) => (error as Error).message,
  );
}

describe("the login of pods that serve", () => {
  it("keeps its password, and none of both is shown", async () => {
    const reason = await said("first-one", "second-one");
    expect(reason).to.match(/^Cannot change the password of shop_blue as pods that serve log in with it/);
    expect(reason).not.to.match(/first-one|second-one/);
    expect(await said("first-one", "first-one")).to.equal("");
  });

  it("may be set again after it was taken over from the database, which shows no password or a hash", async () => {
    for (const found of [undefined, "", "md5abcdef", "SCRAM-SHA-256$4096:salt$key:key"])
      expect(await said(found, "second-one"), String(found)).to.equal("");
  });
});

describe("access to the database", () => {
  let found: Map<string, Record<string, unknown>>;

  before(() =>
    pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          found.set(`${type.replace(/.*:/, "")} ${name}`, inputs as Record<string, unknown>);
          return { id: name, state: inputs as object };
        },
        call: () => ({}),
      },
      "shop",
      "test",
      false,
      "organization",
    ),
  );

  /** What is made for these colours, by name, with its inputs. */
  async function made(
    colours: readonly Colour[],
    database: object,
    passwords: object,
  ): Promise<ReadonlyMap<string, Record<string, unknown>>> {
    found = new Map();
    const { databasePasswords: _, ...config } = configSchema.parse({
      active: "blue",
      phase: "stable",
      strategy: "blue-green",
      namespace: "shop",
      app: { name: "shop" },
      traffic: { mode: "service" },
      database: { host: "db", name: "shop", admin: "admin", ...database },
    });
    if (!config.database) throw new Error("Cannot go on without a database");
    const cluster = {
      provider: undefined,
      namespace: "shop",
      app: "shop",
      form: "simple",
    } as unknown as Cluster;
    const all = { admin: "a", migrator: "m", ...passwords };
    new DatabaseAccess(
      "database",
      {
        config,
        database: config.database,
        passwords: pulumi.secret(all),
        cluster,
        adopt: false,
        serving: [],
        colours,
      },
      {},
    );
    await pulumi.runtime.disconnect();
    return found;
  }
  const names = (found: ReadonlyMap<string, unknown>, kind: string) =>
    [...found.keys()]
      .flatMap((name) => (name.startsWith(`${kind} `) ? [name.slice(kind.length + 1)] : []))
      .sort();

  it("makes a login with its Secret for each colour that has one, and none for the application's own", async () => {
    const both = await made(["blue", "green"], {}, { blue: "b", green: "g" });
    expect(names(both, "Role")).to.deep.equal(["app", "blue", "green", "migrator", "owner"]);
    expect(names(both, "Secret")).to.deep.equal(["database-blue", "database-green", "database-migrator"]);
    const one = await made(["blue"], { logins: "application" }, { blue: "b" });
    expect(names(one, "Role")).to.deep.equal(["app", "blue", "migrator", "owner"]);
    const none = await made([], { logins: "application" }, {});
    expect(names(none, "Role")).to.deep.equal(["app", "migrator", "owner"]);
    expect(names(none, "Secret")).to.deep.equal(["database-migrator"]);
    expect(names(none, "Grant")).to.deep.equal(names(both, "Grant"));
  });

  it("is had past a pooler where config says so", async () => {
    const host = async (database: object) => {
      const provider = (await made([], database, {})).get("postgresql database");
      return `${String(provider?.["host"])}:${String(provider?.["port"])}`;
    };
    expect(await host({})).to.equal("db:5432");
    expect(await host({ port: 6432, jobHost: "direct", jobPort: 5433 })).to.equal("direct:5433");
  });
});
