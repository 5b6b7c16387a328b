import { expect } from "chai";
import { InitialisationFailure } from "../../../../local/plugins/protocol/initialisation-failure.ts";
import { Secret, UNKNOWN, type Properties } from "../../../../local/plugins/protocol/values.ts";
import { PostgresqlProvider } from "../../../../local/plugins/postgresql/postgresql-provider.ts";
import { createDatabase, type TestDatabase } from "../../../support/postgres/postgres.ts";

const urnOf = (type: string, name = "it"): string => {
  const token = `postgresql:index/${type.charAt(0).toLowerCase()}${type.slice(1)}:${type}`;
  return `urn:pulumi:dev::shop::${token}::${name}`;
};

describe("the postgresql provider", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  before(async () => {
    database = await createDatabase("stand_in");
  });
  after(() => database.drop());

  async function provider(settings: Record<string, string> = {}): Promise<PostgresqlProvider> {
    const made = new PostgresqlProvider();
    const password = database.environment()["PGPASSWORD"] ?? "";
    const all = { host: "127.0.0.1", port: String(database.port), password, sslmode: "disable", ...settings };
    const variables = Object.entries(all).map(([key, value]) => [`postgresql:config:${key}`, value] as const);
    await made.configure({ variables: new Map(variables), args: {} });
    return made;
  }

  async function create(made: PostgresqlProvider, type: string, news: Properties) {
    const urn = urnOf(type);
    const { inputs } = await made.check({ urn, olds: {}, news, seed: new Uint8Array([1]) });
    const created = await made.create({ urn, properties: inputs, timeout: 0, preview: false });
    return { ...created, urn, inputs };
  }

  const grants = async (role: string): Promise<string[]> => {
    const sql =
      "SELECT privilege_type FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'books' AND grantee = to_regrole($1)";
    const rows = await database.query<{ privilege_type: string }>(sql, [role]);
    return rows.map((row) => row.privilege_type).sort();
  };
  const errorOf = async (work: Promise<unknown>): Promise<Error> => {
    const error = await work.then(
      () => undefined,
      (problem: unknown) => problem,
    );
    if (error instanceof Error) return error;
    throw new Error("the work ended without an error");
  };

  it("makes, changes and drops a role with its memberships and settings", async () => {
    const made = await provider({ superuser: "false" });
    const { app, owner } = database.roles;
    const news = {
      name: "it_blue",
      login: true,
      password: new Secret("p"),
      roles: [app],
      searchPaths: ["books"],
    };
    const { id, urn, properties, inputs } = await create(made, "Role", news);
    expect(id).to.equal("it_blue");
    expect(properties).to.deep.include({
      login: true,
      roles: [app],
      searchPaths: ["books"],
      password: new Secret("p"),
    });
    const changed = { ...inputs, roles: [owner], statementTimeout: 5000, password: new Secret("q") };
    const request = {
      id,
      urn,
      olds: properties,
      oldInputs: inputs,
      timeout: 0,
      ignoreChanges: [],
      preview: false,
    };
    const updated = await made.update({ ...request, news: changed });
    expect(updated).to.deep.include({ roles: [owner], statementTimeout: 5000, password: new Secret("q") });
    await made.delete({ id, urn, properties: updated, timeout: 0 });
    expect((await made.read({ id, urn, properties: updated, inputs: changed })).id).to.equal("");
  });

  it("gives a Grant exactly its privileges, and takes them away again", async () => {
    const made = await provider();
    const { app, owner } = database.roles;
    const books = await create(made, "Schema", { name: "books", database: database.name, owner });
    const place = { database: database.name, role: app, schema: "books", objectType: "schema" };
    const { id, urn, properties, inputs } = await create(made, "Grant", {
      ...place,
      privileges: ["USAGE", "CREATE"],
    });
    expect(await grants(app)).to.deep.equal(["CREATE", "USAGE"]);
    const news = { ...inputs, privileges: ["USAGE"] };
    const request = {
      id,
      urn,
      olds: properties,
      oldInputs: inputs,
      timeout: 0,
      ignoreChanges: [],
      preview: false,
    };
    const updated = await made.update({ ...request, news });
    expect(await grants(app)).to.deep.equal(["USAGE"]);
    await database.query(`GRANT CREATE ON SCHEMA books TO ${app}`);
    const drifted = await made.read({ id, urn, properties: updated, inputs: news });
    expect(drifted.properties["privileges"]).to.have.members(["USAGE", "CREATE"]);
    expect((await made.diff({ ...request, olds: drifted.properties, news })).changed).to.equal(true);
    await made.delete({ id, urn, properties: updated, timeout: 0 });
    expect(await grants(app)).to.deep.equal([]);
    await made.delete({ id: books.id, urn: books.urn, properties: books.properties, timeout: 0 });
  });

  it("gives default privileges for what a role makes from now on", async () => {
    const made = await provider();
    const { app, owner } = database.roles;
    const place = { database: database.name, owner, role: app, schema: "public", objectType: "table" };
    const { id, properties, inputs, urn } = await create(made, "DefaultPrivileges", {
      ...place,
      privileges: ["SELECT"],
    });
    expect(id).to.equal(`${app}_${database.name}_public_${owner}_table`);
    expect(properties["privileges"]).to.deep.equal(["SELECT"]);
    const found = await made.read({ id, urn, properties, inputs });
    expect(found.inputs).to.deep.equal(inputs);
    await made.delete({ id, urn, properties, timeout: 0 });
    expect((await made.read({ id, urn, properties, inputs })).id).to.equal("");
  });

  it("works for a login that may create roles but is no superuser", async () => {
    const admin = await provider();
    const role = { name: "it_admin", login: true, password: "adm", createRole: true, createDatabase: true };
    const login = await create(admin, "Role", role);
    const made = await provider({ username: "it_admin", password: "adm", superuser: "false" });
    const owner = await create(made, "Role", { name: "it_owner" });
    const books = await create(made, "Database", { name: "it_books" });
    const schema = await create(made, "Schema", { name: "s", database: "it_books", owner: "it_owner" });
    expect(schema.properties).to.deep.include({ owner: "it_owner", database: "it_books" });
    for (const { id, urn, properties } of [schema, books, owner])
      await made.delete({ id, urn, properties, timeout: 0 });
    await admin.delete({ id: login.id, urn: login.urn, properties: login.properties, timeout: 0 });
  });

  it("opens no connection to preview a create, and says what the server will fill in", async () => {
    const made = await provider({ port: "1" });
    const request = { urn: urnOf("Schema"), properties: { name: "s" }, timeout: 0 };
    const { properties } = await made.create({ ...request, preview: true });
    expect(properties).to.deep.equal({ name: "s", database: UNKNOWN, owner: UNKNOWN });
    const error = await errorOf(made.create({ ...request, preview: false }));
    expect(error.message).to.contain(
      "error connecting to PostgreSQL server 127.0.0.1 (scheme: postgres): dial tcp 127.0.0.1:1: connect: connection refused",
    );
  });

  it("insists on TLS when nothing is said about it", async () => {
    const made = await provider({ sslmode: "" });
    const error = await errorOf(create(made, "Role", { name: "it_tls" }));
    expect(error.message).to.contain("pq: SSL is not enabled on the server");
  });

  it("tells a wrong or missing password, and does not show it", async () => {
    for (const password of ["geheim", ""]) {
      const error = await errorOf(create(await provider({ password }), "Role", { name: "it_password" }));
      expect(error.message).to.contain('pq: password authentication failed for user "postgres"');
      expect(error.message).not.to.contain("geheim");
    }
  });

  it("passes the server's own refusals on", async () => {
    const error = await errorOf(create(await provider(), "Role", { name: database.roles.app }));
    expect(error.message).to.equal(
      `1 error occurred:\n\t* error creating role ${database.roles.app}: pq: role "${database.roles.app}" already exists\n\n`,
    );
  });

  it("records a failed update as made, together with the failure", async () => {
    const made = await provider();
    const { id, urn, properties, inputs } = await create(made, "Role", { name: "it_green" });
    const news = { ...inputs, roles: ["nobody_of_this_name"] };
    const request = {
      id,
      urn,
      olds: properties,
      oldInputs: inputs,
      timeout: 0,
      ignoreChanges: [],
      preview: false,
    };
    const error = await errorOf(made.update({ ...request, news }));
    expect(error).to.be.instanceOf(InitialisationFailure);
    expect((error as InitialisationFailure).properties["roles"]).to.deep.equal(["nobody_of_this_name"]);
    await made.delete({ id, urn, properties, timeout: 0 });
  });

  it("refuses resources that it does not imitate", async () => {
    const error = await errorOf(create(await provider(), "Function", { name: "f" }));
    expect(error.message).to.contain("Install the official plugin");
  });
});
