import { lockDatabase, lockRole, withRolesGranted } from "./membership.ts";
import { grantStatement, revokeStatement } from "./grant-statements.ts";
import { OBJECT_LETTERS, placeExists, roleOid, samePrivileges, validatePrivileges } from "./privileges.ts";
import { listOf, textOf, type Found, type ResourceType, type Values } from "./resource.ts";
import { doing, type Row, type Server, type Session } from "../server.ts";

const OUTSIDE_OF_SCHEMAS = ["database", "foreign_data_wrapper", "foreign_server"];
const OBJECT_TYPES = [
  "database",
  "function",
  "procedure",
  "routine",
  "schema",
  "sequence",
  "table",
  "foreign_data_wrapper",
  "foreign_server",
  "column",
];

/**
 * All privileges of one role on one kind of object in one place: more is taken away, less is given.
 */
export const grant: ResourceType = {
  attributes: {
    role: { type: "string", required: true, forceNew: true },
    database: { type: "string", required: true, forceNew: true },
    schema: { type: "string", forceNew: true },
    objectType: { type: "string", required: true, forceNew: true, oneOf: OBJECT_TYPES },
    objects: { type: "set", forceNew: true },
    columns: { type: "set", forceNew: true },
    privileges: { type: "set", required: true },
    withGrantOption: { type: "bool", default: false, forceNew: true },
  },
  autonamed: false,
  deleteBeforeReplace: true,
  create: async (server, wanted) => {
    await replacePrivileges(server, wanted, wanted);
    return idOf(wanted);
  },
  update: (server, old, wanted) => replacePrivileges(server, old, wanted),
  read,
  delete: remove,
};

function idOf(values: Values): string {
  const objectType = textOf(values, "objectType");
  const schema = OUTSIDE_OF_SCHEMAS.includes(objectType) ? [] : [textOf(values, "schema")];
  const parts = [textOf(values, "role"), textOf(values, "database"), ...schema, objectType];
  return [...parts, ...listOf(values, "objects"), ...listOf(values, "columns")].join("_");
}

/** Throws when the attributes do not go together. */
export function validateGrant(wanted: Values): void {
  const objectType = textOf(wanted, "objectType");
  const count = (key: string): number => listOf(wanted, key).length;
  const isColumn = objectType === "column";
  const isForeign = objectType === "foreign_data_wrapper" || objectType === "foreign_server";
  const problems: [boolean, string][] = [
    [
      textOf(wanted, "schema") === "" && !OUTSIDE_OF_SCHEMAS.includes(objectType),
      "parameter 'schema' is mandatory for postgresql_grant resource",
    ],
    [
      count("objects") > 0 && (objectType === "database" || objectType === "schema"),
      "cannot specify `objects` when `object_type` is `database` or `schema`",
    ],
    [count("columns") > 0 && !isColumn, "cannot specify `columns` when `object_type` is not `column`"],
    [count("columns") === 0 && isColumn, "must specify `columns` when `object_type` is `column`"],
    [
      count("privileges") !== 1 && isColumn,
      "must specify exactly 1 `privileges` when `object_type` is `column`",
    ],
    [
      count("objects") !== 1 && isColumn,
      "must specify exactly 1 table in the `objects` field when `object_type` is `column`",
    ],
    [
      count("objects") !== 1 && isForeign,
      "one element must be specified in `objects` when `object_type` is `foreign_data_wrapper` or `foreign_server`",
    ],
  ];
  const problem = problems.find(([applies]) => applies);
  if (problem !== undefined) throw new Error(problem[1]);
}

async function replacePrivileges(server: Server, old: Values, wanted: Values): Promise<void> {
  validateGrant(wanted);
  validatePrivileges(wanted, await server.version());
  await inLockedTransaction(server, wanted, async (session) => {
    // In one transaction, so that nobody is without privileges in between.
    await doing("could not execute revoke query", session.run(revokeStatement(old)));
    const statement = grantStatement(wanted);
    if (statement !== undefined) await session.run(statement);
  });
}

async function remove(server: Server, recorded: Values): Promise<void> {
  await inLockedTransaction(server, recorded, async (session) => {
    await doing("could not execute revoke query", session.run(revokeStatement(recorded)));
  });
}

async function inLockedTransaction(
  server: Server,
  values: Values,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const database = textOf(values, "database");
  await server.transaction(database, async (session) => {
    await lockRole(session, textOf(values, "role"));
    if (textOf(values, "objectType") === "database") await lockDatabase(session, database);
    await withRolesGranted(session, await owners(session, values), () => work(session));
  });
}

// Who is no superuser has to be a member of the owners in order to change privileges.
async function owners(session: Session, values: Values): Promise<string[]> {
  const objectType = textOf(values, "objectType");
  const schema = textOf(values, "schema");
  if (OUTSIDE_OF_SCHEMAS.includes(objectType)) return [];
  const tables =
    objectType === "schema"
      ? []
      : await session.run("SELECT DISTINCT tableowner AS owner FROM pg_tables WHERE schemaname = $1", [
          schema,
        ]);
  const [own] = await session.run(
    "SELECT rolname AS owner FROM pg_namespace JOIN pg_roles ON nspowner = pg_roles.oid WHERE nspname = $1",
    [schema],
  );
  if (own === undefined) throw new Error(`could not find schema '${schema}' while looking for owner`);
  const names = new Set([...tables, own].map((row) => String(row["owner"])));
  if (!names.delete("pg_database_owner")) return [...names];
  const [database] = await session.run(
    "SELECT rolname AS owner FROM pg_database JOIN pg_roles ON datdba = pg_roles.oid WHERE datname = current_database()",
  );
  return [...names.add(String(database?.["owner"]))];
}

async function read(server: Server, _id: string, recorded: Values): Promise<Found | undefined> {
  if (!(await placeExists(server, recorded))) return undefined;
  const version = await server.version();
  const privileges = await server.session(textOf(recorded, "database"), (session) =>
    firstOther(session, recorded, version),
  );
  const values = privileges === undefined ? recorded : { ...recorded, privileges };
  return { id: idOf(values), values };
}

// Every object should have exactly the recorded privileges: those of the first one that has others
// count as found.
async function firstOther(
  session: Session,
  recorded: Values,
  version: number,
): Promise<string[] | undefined> {
  const objects = listOf(recorded, "objects");
  const oid = await roleOid(session, textOf(recorded, "role"));
  for (const { name, privileges } of await granted(session, recorded, oid)) {
    const list = Array.isArray(privileges) ? privileges.map(String) : [];
    if (objects.length > 0 && name !== undefined && !objects.includes(String(name))) continue;
    if (!samePrivileges(list, recorded, version)) return list;
  }
  return undefined;
}

async function granted(session: Session, recorded: Values, oid: unknown): Promise<readonly Row[]> {
  const explode = (acl: string, from: string): string =>
    `SELECT array_agg(privilege_type) AS privileges FROM (SELECT (aclexplode(${acl})).* FROM ${from} = $2) acls ` +
    "WHERE grantee = $1";
  const objectType = textOf(recorded, "objectType");
  const [object = ""] = listOf(recorded, "objects");
  switch (objectType) {
    case "database":
      return session.run(explode("datacl", "pg_database WHERE datname"), [oid, textOf(recorded, "database")]);
    case "schema":
      return session.run(explode("nspacl", "pg_namespace WHERE nspname"), [oid, textOf(recorded, "schema")]);
    case "foreign_data_wrapper":
      return session.run(explode("fdwacl", "pg_foreign_data_wrapper WHERE fdwname"), [oid, object]);
    case "foreign_server":
      return session.run(explode("srvacl", "pg_foreign_server WHERE srvname"), [oid, object]);
    case "column":
      return session.run(COLUMNS, [oid, textOf(recorded, "schema"), object, listOf(recorded, "privileges")]);
    case "function":
    case "procedure":
    case "routine":
      return session.run(FUNCTIONS, [oid, textOf(recorded, "schema")]);
    default:
      return session.run(RELATIONS, [oid, textOf(recorded, "schema"), OBJECT_LETTERS[objectType]]);
  }
}

const COLUMNS = `SELECT array_agg(privilege_type) AS privileges
  FROM (SELECT attname, (aclexplode(attacl)).* FROM pg_class JOIN pg_namespace ON relnamespace = pg_namespace.oid
    JOIN pg_attribute ON pg_class.oid = attrelid WHERE nspname = $2 AND relname = $3 AND relkind = 'r') columns
  WHERE grantee = $1 AND privilege_type = ANY ($4) GROUP BY attname`;

const FUNCTIONS = `SELECT proname AS name, array_remove(array_agg(privilege_type), NULL) AS privileges
  FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
  LEFT JOIN (SELECT * FROM (SELECT proname, pronamespace, (aclexplode(proacl)).* FROM pg_proc) acls
    WHERE grantee = $1) privileges USING (proname, pronamespace)
  WHERE nspname = $2 GROUP BY proname`;

const RELATIONS = `SELECT relname AS name, array_remove(array_agg(privilege_type), NULL) AS privileges
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  LEFT JOIN (SELECT * FROM (SELECT relname, relnamespace, relkind, (aclexplode(relacl)).* FROM pg_class) acls
    WHERE grantee = $1) privileges USING (relname, relnamespace, relkind)
  WHERE nspname = $2 AND relkind = $3 GROUP BY relname`;
