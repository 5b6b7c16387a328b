import { expect } from "chai";
import { parse } from "yaml";
import { askAnswers } from "../../cli/init/ask-answers.ts";
import { initialConfig } from "../../cli/init/initial-config.ts";
import { knownOf } from "../../cli/stack/stack-config.ts";
import { asker } from "../../cli/terminal/questions.ts";
import { configSchema } from "../../protocol/config/config-schema.ts";

const DIGEST = `registry.example/team/shop@sha256:${"1".repeat(64)}`;

const answered = (flags: Record<string, string>) =>
  askAnswers(asker(flags, true), ["0001-first", "0002-second"]);

/** The keys as the program reads them. */
function valuesOf(text: string): Record<string, unknown> {
  const { config } = parse(text) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace("zero-downtime:", ""), value]),
  );
}

describe("zd init", () => {
  it("writes a config that the program accepts, from a name and an image alone", async () => {
    const text = initialConfig(await answered({ app: "shop", image: DIGEST }));
    const { blue, traffic, jobs } = configSchema.parse(valuesOf(text));
    expect(blue).to.deep.equal({ version: "1.0.0", image: DIGEST });
    expect(traffic).to.deep.equal({ mode: "service", type: "LoadBalancer" });
    expect(jobs.repository).to.equal("registry.example/team/zero-downtime-jobs");
    expect(knownOf(text, "file").app.name).to.equal("shop");
  });

  it("writes one for a gateway and a database that is there already", async () => {
    const text = initialConfig(
      await answered({
        app: "shop",
        image: DIGEST,
        gateway: "infra/public",
        "cluster-url": "http://gateway.infra.svc",
        hostname: "shop.example.com",
        database: "db.example.com:6432/Shop-Live",
        baseline: "0001-first",
        strategy: "canary",
      }),
    );
    const { database, traffic, blue } = configSchema.parse(valuesOf(text));
    expect(traffic).to.deep.include({ mode: "gateway", gateway: { name: "public", namespace: "infra" } });
    expect(database).to.deep.include({
      host: "db.example.com",
      port: 6432,
      name: "Shop-Live",
      baseline: "0001-first",
    });
    expect(database?.prefix).to.equal("shop_live");
    expect(blue?.schema).to.equal("0001-first");
  });

  it("writes one that the program and zd accept, whatever is chosen", async () => {
    const gateway = { gateway: "infra/public", "cluster-url": "http://gateway.infra.svc" };
    const database = { database: "db.example.com/9-Lives", schema: "0002-second" };
    for (const strategy of ["blue-green", "canary", "rolling"])
      for (const traffic of [
        ...["ClusterIP", "NodePort", "LoadBalancer"].map((service) => ({ service })),
        gateway,
        { ...gateway, "public-url": "https://shop.example.com" },
      ])
        for (const sslmode of ["disable", "require", "verify-ca", "verify-full"])
          for (const place of [{}, { ...database, sslmode, "database-superuser": "yes" }]) {
            const flags = { app: "shop", image: DIGEST, strategy, ...traffic, ...place };
            const text = initialConfig(await answered(flags as Record<string, string>));
            expect(configSchema.parse(valuesOf(text)).strategy).to.equal(strategy);
            expect(knownOf(text, "file").strategy).to.equal(strategy);
          }
  });

  it("says which flag is missing where nobody can be asked", async () => {
    let message = "";
    await answered({ image: DIGEST }).catch((error: Error) => (message = error.message));
    expect(message).to.equal("Cannot go on without --app: Name of the application. Nothing was written.");
  });

  it("refuses an answer that breaks its rule, naming rule and value", async () => {
    let message = "";
    await answered({ app: "The Shop", image: DIGEST }).catch((error: Error) => (message = error.message));
    expect(message).to.match(/"The Shop" for --app: 1 to 52 lower-case letters/);
  });
});
