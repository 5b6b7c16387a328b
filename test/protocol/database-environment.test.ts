import { expect } from "chai";
import { database as shape } from "../../protocol/config/database.ts";
import { databaseEnvironment, databasePlace } from "../../protocol/database-environment.ts";

const plain = (variables: ReturnType<typeof databaseEnvironment>) =>
  Object.fromEntries(variables.map((one) => [one.name, "value" in one ? one.value : "from a Secret"]));

describe("where the database is", () => {
  const direct = shape.parse({ host: "db", name: "shop", admin: "postgres" });

  it("is the same for pods and Jobs, unless config says otherwise", () => {
    const place = { PGHOST: "db", PGPORT: "5432", PGDATABASE: "shop", PGSSLMODE: "require" };
    expect(plain(databasePlace(direct))).to.deep.equal(place);
    for (const login of ["blue", "migrator"] as const)
      expect(plain(databaseEnvironment(direct, "shop", login))).to.deep.equal({
        ...place,
        PGUSER: `shop_${login}`,
        PGPASSWORD: "from a Secret",
      });
  });

  it("is the pooler for pods and the server for Jobs, where they have to go past it", () => {
    const pooled = { ...direct, host: "pooler", port: 6432, jobHost: "db", jobPort: 5432 };
    const hosts = (variables: ReturnType<typeof databaseEnvironment>) => {
      const { PGHOST, PGPORT } = plain(variables);
      return `${PGHOST}:${PGPORT}`;
    };
    expect(hosts(databaseEnvironment(pooled, "shop", "green"))).to.equal("pooler:6432");
    expect(hosts(databaseEnvironment(pooled, "shop", "migrator"))).to.equal("db:5432");
    expect(hosts(databasePlace(pooled))).to.equal("db:5432");
    const { jobHost: _, ...sameHost } = pooled;
    expect(hosts(databasePlace(sameHost))).to.equal("pooler:5432");
    const { jobPort: __, ...samePort } = pooled;
    expect(hosts(databasePlace(samePort))).to.equal("db:6432");
  });
});
