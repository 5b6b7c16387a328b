import { expect } from "chai";
import { check } from "../../../../local/plugins/postgresql/check.ts";
import { grant } from "../../../../local/plugins/postgresql/resources/grant.ts";
import { difference, plannedState } from "../../../../local/plugins/postgresql/plan.ts";
import { role } from "../../../../local/plugins/postgresql/resources/role.ts";
import { schema } from "../../../../local/plugins/postgresql/resources/schema.ts";
import type { ResourceType } from "../../../../local/plugins/postgresql/resources/resource.ts";
import { Secret, UNKNOWN, type Properties } from "../../../../local/plugins/protocol/values.ts";

const urn = "urn:pulumi:dev::shop::postgresql:index/role:Role::app";
const checked = (type: ResourceType, news: Properties, olds: Properties = {}) =>
  check(type, { urn, olds, news, seed: new Uint8Array([1]) });
const reasons = (type: ResourceType, news: Properties): string[] =>
  checked(type, news).failures.map(({ reason }) => reason);

describe("the inputs of a PostgreSQL resource", () => {
  it("are completed by defaults, which are listed", () => {
    const { inputs, failures } = checked(role, { name: "app", login: true });
    expect(failures).to.deep.equal([]);
    expect(inputs).to.deep.include({
      login: true,
      inherit: true,
      connectionLimit: -1,
      validUntil: "infinity",
    });
    expect(inputs["__defaults"]).to.include("inherit").and.not.to.include("login");
  });

  it("have a name of our making when they name none, and keep it", () => {
    const first = checked(role, {});
    expect(first.inputs["name"]).to.match(/^app-[0-9a-f]{7}$/);
    const second = check(role, { urn, olds: first.inputs, news: {}, seed: new Uint8Array([2]) });
    expect(second.inputs["name"]).to.equal(first.inputs["name"]);
  });

  it("are refused when they are unknown, missing or out of range", () => {
    expect(reasons(role, { nmae: "app" })).to.deep.equal([
      "Invalid or unknown key. Examine values at 'app.nmae'.",
    ]);
    expect(reasons(role, { name: "app", connectionLimit: -2 })).to.deep.equal([
      "expected connection_limit to be at least (-1), got -2. Examine values at 'app.connectionLimit'.",
    ]);
    const missing = reasons(grant, { role: "app", database: "book", objectType: "tabel" });
    expect(missing[0]).to.contain('expected object_type to be one of ["database" "function"');
    expect(missing[1]).to.equal(
      'Missing required argument. The argument "privileges" is required, but no definition was found.. ' +
        "Examine values at 'app.privileges'.",
    );
  });

  it("are refused when two of them exclude each other, without a secret being shown", () => {
    const { failures } = checked(role, {
      name: "app",
      password: new Secret("a"),
      passwordWo: new Secret("b"),
    });
    expect(failures.map(({ property }) => property)).to.deep.equal([undefined, undefined, undefined]);
    expect(failures[0]?.reason).to.contain('"password": conflicts with password_wo');
  });

  it("pass when they are not known yet, and may be texts for numbers and truth values", () => {
    expect(checked(role, { name: UNKNOWN, roles: [UNKNOWN] }).failures).to.deep.equal([]);
    expect(checked(role, { name: "app", login: "true", connectionLimit: "5" }).inputs).to.deep.include({
      login: true,
      connectionLimit: 5,
    });
  });
});

describe("the plan for a PostgreSQL resource", () => {
  const paths = (type: ResourceType, olds: Properties, news: Properties): string[] =>
    [...(difference(type, olds, news, []).detailed ?? [])].map(([path, { kind }]) => `${kind} ${path}`);

  it("takes sets in any order, and what is empty as absent", () => {
    expect(paths(role, { name: "a", roles: ["x", "y"] }, { name: "a", roles: ["y", "x"] })).to.deep.equal([]);
    expect(paths(role, { name: "a", roles: [], statementTimeout: 0 }, { name: "a" })).to.deep.equal([]);
    expect(paths(role, { name: "a", roles: ["x"] }, { name: "a" })).to.deep.equal(["delete roles"]);
    expect(paths(role, { searchPaths: ["a", "b"] }, { searchPaths: ["b", "a"] })).to.deep.equal([
      "update searchPaths",
    ]);
  });

  it("leaves alone what the server filled in", () => {
    expect(paths(schema, { name: "s", owner: "o", database: "d" }, { name: "s" })).to.deep.equal([]);
  });

  it("replaces a Grant for all but its privileges, and deletes it first", () => {
    const olds = { role: "app", database: "book", objectType: "schema", schema: "s", privileges: ["USAGE"] };
    const more = difference(grant, olds, { ...olds, privileges: ["USAGE", "CREATE"] }, []);
    expect([more.changed, more.replaces]).to.deep.equal([true, []]);
    const other = difference(grant, olds, { ...olds, role: "other" }, []);
    expect(other).to.deep.include({ replaces: ["role"], deleteBeforeReplace: true });
  });

  it("deletes first what keeps a name that somebody chose", () => {
    const [olds, news] = [
      { name: "s", database: "a" },
      { name: "s", database: "b" },
    ];
    expect(difference(schema, olds, { ...news, __defaults: [] }, []).deleteBeforeReplace).to.equal(true);
    expect(difference(schema, olds, { ...news, __defaults: ["name"] }, []).deleteBeforeReplace).to.equal(
      false,
    );
  });

  it("shows what the server will fill in as unknown, and passwords as secrets", () => {
    expect(plannedState(schema, {}, { name: "s" })).to.deep.include({ database: UNKNOWN, owner: UNKNOWN });
    expect(plannedState(role, {}, { name: "a", password: "p", passwordWo: "w" })).to.deep.equal({
      name: "a",
      password: new Secret("p"),
    });
  });
});
