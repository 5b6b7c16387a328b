import { expect } from "chai";
import { createStatement } from "../../../../local/plugins/postgresql/resources/database.ts";
import {
  grantStatement,
  revokeStatement,
} from "../../../../local/plugins/postgresql/resources/grant-statements.ts";
import { validateGrant } from "../../../../local/plugins/postgresql/resources/grant.ts";
import { samePrivileges } from "../../../../local/plugins/postgresql/resources/privileges.ts";
import { alterations, createOptions } from "../../../../local/plugins/postgresql/resources/role.ts";
import { readConnection, settingFailures } from "../../../../local/plugins/postgresql/connection-settings.ts";

describe("statements for PostgreSQL", () => {
  const table = { role: "app", schema: "s", objectType: "table", privileges: ["SELECT", "INSERT"] };

  it("grant all objects of a schema, or the named ones", () => {
    expect(grantStatement(table)).to.equal('GRANT SELECT,INSERT ON ALL TABLES IN SCHEMA "s" TO "app"');
    expect(grantStatement({ ...table, objects: ["a", "b"], withGrantOption: true })).to.equal(
      'GRANT SELECT,INSERT ON TABLE "s"."a","s"."b" TO "app" WITH GRANT OPTION',
    );
    expect(grantStatement({ ...table, objectType: "function", objects: ["f(text)"] })).to.contain(
      '"s"."f"(text)',
    );
    expect(grantStatement({ ...table, privileges: [] })).to.equal(undefined);
  });

  it("take everything away before, but of single objects only what was given", () => {
    expect(revokeStatement(table)).to.equal('REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA "s" FROM "app"');
    expect(revokeStatement({ ...table, objects: ["a"] })).to.equal(
      'REVOKE SELECT,INSERT ON TABLE "s"."a" FROM "app"',
    );
    const schema = { role: "app", schema: "s", objectType: "schema", privileges: ["USAGE"] };
    expect(revokeStatement(schema)).to.equal('REVOKE ALL PRIVILEGES ON SCHEMA "s" FROM "app"');
  });

  it("are refused for attributes that do not go together", () => {
    expect(() => validateGrant({ ...table, schema: "" })).to.throw("parameter 'schema' is mandatory");
    const named = { role: "a", objectType: "database", objects: ["x"] };
    expect(() => validateGrant(named)).to.throw("cannot specify `objects`");
    expect(() => validateGrant({ ...table, objectType: "column" })).to.throw("must specify `columns`");
  });

  it("know that ALL is each of them", () => {
    const all = { objectType: "schema", privileges: ["ALL"] };
    expect(samePrivileges(["CREATE", "USAGE"], all, 18)).to.equal(true);
    expect(samePrivileges(["USAGE"], all, 18)).to.equal(false);
  });

  it("make a role with every option spelled out, and quote its password", () => {
    const options = createOptions({
      name: "app",
      password: "it's\\",
      encryptedPassword: true,
      validUntil: "infinity",
      connectionLimit: 5,
      login: true,
      inherit: true,
    });
    expect(options.join(" ")).to.equal(
      "ENCRYPTED PASSWORD  E'it''s\\\\' VALID UNTIL 'infinity' CONNECTION LIMIT 5 NOSUPERUSER NOCREATEDB NOCREATEROLE " +
        "INHERIT LOGIN NOBYPASSRLS NOREPLICATION",
    );
  });

  it("alter of a role only what changed, and set its password again when it is renamed", () => {
    const old = { name: "a", password: "p", connectionLimit: 5, login: true };
    expect(alterations(old, old)).to.deep.equal([]);
    expect(alterations(old, { ...old, login: false })).to.deep.equal([
      ["LOGIN", 'ALTER ROLE "a" WITH NOLOGIN'],
    ]);
    expect(alterations(old, { ...old, name: "b" }).map(([what]) => what)).to.deep.equal(["NAME", "password"]);
    const writeOnly = { name: "a", passwordWo: "w", passwordWoVersion: "1" };
    expect(alterations(writeOnly, { ...writeOnly, passwordWo: "other" })).to.deep.equal([]);
    expect(alterations(writeOnly, { ...writeOnly, passwordWoVersion: "2" })).to.have.lengthOf(1);
  });

  it("make a database of template0 in UTF8 unless told otherwise", () => {
    expect(
      createStatement({ name: "book", allowConnections: true, connectionLimit: -1 }, "postgres"),
    ).to.equal(
      `CREATE DATABASE "book" OWNER "postgres" TEMPLATE template0 ENCODING 'UTF8' ALLOW_CONNECTIONS true ` +
        "CONNECTION LIMIT -1 IS_TEMPLATE false",
    );
  });
});

describe("the connection to PostgreSQL", () => {
  const connection = (settings: Record<string, string>, environment: Record<string, string> = {}) =>
    readConnection((key) => settings[key], environment);

  it("comes from the settings, else from libpq's variables, else has the official provider's defaults", () => {
    expect(connection({ host: "a", port: "1" }, { PGHOST: "b", PGUSER: "u" })).to.deep.include({
      host: "a",
      port: 1,
      username: "u",
      connectTimeoutSeconds: 180,
      maxConnections: 20,
      superuser: true,
    });
  });

  it("insists on TLS unless it is switched off", () => {
    expect(connection({}).ssl).to.deep.equal({ rejectUnauthorized: false });
    expect(connection({ sslmode: "disable" }).ssl).to.equal(undefined);
    expect(() => connection({ sslmode: "prefer" })).to.throw('unsupported sslmode "prefer"');
  });

  it("refuses settings that do not exist or make no sense", () => {
    const failures = settingFailures("db", { hots: "a", connectTimeout: "-2", scheme: "mysql" });
    expect(failures.map(({ property }) => property)).to.deep.equal(["hots", "scheme", "connectTimeout"]);
  });
});
