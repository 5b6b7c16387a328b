import { createHash } from "node:crypto";
import { isSuperuser, lockRole, withRolesGranted } from "./membership.ts";
import {
  changed,
  flagOf,
  listOf,
  numberOf,
  textOf,
  type Attribute,
  type Found,
  type ResourceType,
  type Values,
} from "./resource.ts";
import { doing, type Row, type Server, type Session } from "../server.ts";
import { identifier, literal } from "../sql.ts";

const flag = (standard: boolean): Attribute => ({ type: "bool", default: standard });

const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  name: { type: "string", required: true },
  password: { type: "string", sensitive: true, conflictsWith: ["passwordWo", "passwordWoVersion"] },
  passwordWo: {
    type: "string",
    sensitive: true,
    writeOnly: true,
    conflictsWith: ["password"],
    requiredWith: ["passwordWoVersion"],
  },
  passwordWoVersion: { type: "string", conflictsWith: ["password"], requiredWith: ["passwordWo"] },
  encrypted: { type: "string" },
  roles: { type: "set" },
  searchPaths: { type: "list" },
  encryptedPassword: flag(true),
  validUntil: { type: "string", default: "infinity" },
  connectionLimit: { type: "int", default: -1, atLeast: -1 },
  superuser: flag(false),
  createDatabase: flag(false),
  createRole: flag(false),
  idleInTransactionSessionTimeout: { type: "int", atLeast: 0 },
  inherit: flag(true),
  login: flag(false),
  replication: flag(false),
  bypassRowLevelSecurity: flag(false),
  skipDropRole: flag(false),
  skipReassignOwned: flag(false),
  statementTimeout: { type: "int", atLeast: 0 },
  assumeRole: { type: "string" },
};

const FLAGS = {
  superuser: "SUPERUSER",
  createDatabase: "CREATEDB",
  createRole: "CREATEROLE",
  inherit: "INHERIT",
  login: "LOGIN",
  bypassRowLevelSecurity: "BYPASSRLS",
  replication: "REPLICATION",
} as const;

/** A role of the server, with its memberships and settings. */
export const role: ResourceType = {
  attributes: ATTRIBUTES,
  autonamed: true,
  create,
  read,
  update,
  delete: remove,
};

async function create(server: Server, wanted: Values): Promise<string> {
  const name = textOf(wanted, "name");
  await server.transaction("", async (session) => {
    const sql = `CREATE ROLE ${identifier(name)} WITH ${createOptions(wanted).join(" ")}`;
    await doing(`error creating role ${name}`, session.run(sql));
    await grantRoles(session, wanted);
    await setSearchPath(session, wanted);
    await setParameters(session, {}, wanted);
  });
  return name;
}

/** The options of CREATE ROLE. */
export function createOptions(wanted: Values): string[] {
  const password = textOf(wanted, "password") || textOf(wanted, "passwordWo");
  const until = textOf(wanted, "validUntil");
  return [
    ...(password === "" ? [] : [passwordOption(password, flagOf(wanted, "encryptedPassword"))]),
    ...(until === "" ? [] : [`VALID UNTIL ${validity(until)}`]),
    `CONNECTION LIMIT ${numberOf(wanted, "connectionLimit")}`,
    ...Object.entries(FLAGS).map(([key, option]) => (flagOf(wanted, key) ? option : `NO${option}`)),
  ];
}

function passwordOption(password: string, encrypted: boolean): string {
  if (password.toUpperCase() === "NULL") return "PASSWORD NULL";
  return `${encrypted ? "ENCRYPTED" : "UNENCRYPTED"} PASSWORD ${literal(password)}`;
}

function validity(until: string): string {
  return literal(until.toLowerCase() === "infinity" ? "infinity" : until);
}

async function grantRoles(session: Session, wanted: Values): Promise<void> {
  const name = textOf(wanted, "name");
  for (const granted of listOf(wanted, "roles")) {
    const sql = `GRANT ${identifier(granted)} TO ${identifier(name)}`;
    await doing(`could not grant role ${granted} to ${name}`, session.run(sql));
  }
}

async function setSearchPath(session: Session, wanted: Values): Promise<void> {
  const paths = listOf(wanted, "searchPaths");
  const bad = paths.find((path) => path.includes(", "));
  if (bad !== undefined) throw new Error(`search_path cannot contain \`, \`: ${bad}`);
  const list = paths.length === 0 ? "DEFAULT" : paths.map(identifier).join(", ");
  const name = textOf(wanted, "name");
  const sql = `ALTER ROLE ${identifier(name)} SET search_path TO ${list}`;
  await doing(`could not set search_path ${list} for ${name}`, session.run(sql));
}

async function setParameters(session: Session, old: Values, wanted: Values): Promise<void> {
  const name = textOf(wanted, "name");
  const alter = `ALTER ROLE ${identifier(name)}`;
  const timeouts = {
    statementTimeout: "statement_timeout",
    idleInTransactionSessionTimeout: "idle_in_transaction_session_timeout",
  };
  for (const [key, parameter] of Object.entries(timeouts)) {
    const milliseconds = numberOf(wanted, key);
    if (numberOf(old, key) === milliseconds) continue;
    const sql =
      milliseconds === 0 ? `${alter} RESET ${parameter}` : `${alter} SET ${parameter} TO ${milliseconds}`;
    await doing(`could not set ${parameter} ${milliseconds} for ${name}`, session.run(sql));
  }
  const assumed = textOf(wanted, "assumeRole");
  if (textOf(old, "assumeRole") === assumed) return;
  const sql = assumed === "" ? `${alter} RESET ROLE` : `${alter} SET ROLE TO ${identifier(assumed)}`;
  await doing(`could not set role ${assumed} for ${name}`, session.run(sql));
}

async function update(server: Server, old: Values, wanted: Values): Promise<void> {
  const name = textOf(wanted, "name");
  await server.transaction("", async (session) => {
    await lockRole(session, textOf(old, "name"));
    for (const [what, sql] of alterations(old, wanted))
      await doing(`error updating role ${what}`, session.run(sql));
    await revokeRoles(session, name);
    await grantRoles(session, wanted);
    await setSearchPath(session, wanted);
    await setParameters(session, old, wanted);
  });
}

/** The ALTER ROLE statements that make the old role the wanted one, each with what it is about. */
export function alterations(old: Values, wanted: Values): [what: string, sql: string][] {
  const name = textOf(wanted, "name");
  const alter = `ALTER ROLE ${identifier(name)}`;
  const list: [string, string][] = [];
  if (changed(old, wanted, "name")) {
    list.push(["NAME", `ALTER ROLE ${identifier(textOf(old, "name"))} RENAME TO ${identifier(name)}`]);
  }
  const writeOnly = textOf(wanted, "passwordWo");
  const isNew =
    writeOnly === "" ? changed(old, wanted, "password", "name") : changed(old, wanted, "passwordWoVersion");
  const password = writeOnly || textOf(wanted, "password");
  if (isNew && password !== "") list.push(["password", `${alter} PASSWORD ${literal(password)}`]);
  if (changed(old, wanted, "connectionLimit")) {
    list.push(["CONNECTION LIMIT", `${alter} CONNECTION LIMIT ${numberOf(wanted, "connectionLimit")}`]);
  }
  for (const [key, option] of Object.entries(FLAGS)) {
    if (flagOf(old, key) === flagOf(wanted, key)) continue;
    list.push([option, `${alter} WITH ${flagOf(wanted, key) ? option : `NO${option}`}`]);
  }
  const until = textOf(wanted, "validUntil");
  if (changed(old, wanted, "validUntil") && until !== "") {
    list.push(["VALID UNTIL", `${alter} VALID UNTIL ${validity(until)}`]);
  }
  return list;
}

// All memberships are taken away and given again, also those that others granted.
async function revokeRoles(session: Session, name: string): Promise<void> {
  const rows = await session.run(
    "SELECT pg_get_userbyid(roleid) AS granted FROM pg_catalog.pg_auth_members members " +
      "JOIN pg_catalog.pg_roles ON members.member = pg_roles.oid WHERE rolname = $1",
    [name],
  );
  for (const { granted } of rows) {
    const sql = `REVOKE ${identifier(String(granted))} FROM ${identifier(name)}`;
    await doing(`could not revoke role ${String(granted)} from ${name}`, session.run(sql));
  }
}

async function read(server: Server, id: string, recorded: Values): Promise<Found | undefined> {
  return server.session("", async (session) => {
    const [row] = await session.run(
      "SELECT *, COALESCE(rolvaliduntil::text, 'infinity') AS until, ARRAY(SELECT pg_get_userbyid(roleid)::text " +
        "FROM pg_catalog.pg_auth_members members WHERE member = pg_roles.oid) AS granted " +
        "FROM pg_catalog.pg_roles WHERE rolname = $1",
      [id],
    );
    if (row === undefined) return undefined;
    const values: Values = { ...readRow(row), ...kept(recorded) };
    if (textOf(recorded, "password") === "") return { id, values };
    const password = await readPassword(server, session, id, recorded, row["rolcanlogin"] === true);
    return { id, values: { ...values, password } };
  });
}

function kept(recorded: Values): Values {
  const { passwordWoVersion, encrypted, skipDropRole, skipReassignOwned } = recorded;
  return {
    skipDropRole: skipDropRole ?? false,
    skipReassignOwned: skipReassignOwned ?? false,
    ...(passwordWoVersion === undefined ? {} : { passwordWoVersion }),
    ...(encrypted === undefined ? {} : { encrypted }),
  };
}

function readRow(row: Row): Values {
  const config = Array.isArray(row["rolconfig"]) ? row["rolconfig"].map(String) : [];
  const parameter = (name: string): string =>
    config.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  const path = parameter("search_path");
  const granted = Array.isArray(row["granted"]) ? row["granted"].map(String) : [];
  return {
    name: String(row["rolname"]),
    connectionLimit: Number(row["rolconnlimit"]),
    encryptedPassword: true,
    validUntil: String(row["until"]),
    superuser: row["rolsuper"] === true,
    createDatabase: row["rolcreatedb"] === true,
    createRole: row["rolcreaterole"] === true,
    inherit: row["rolinherit"] === true,
    login: row["rolcanlogin"] === true,
    replication: row["rolreplication"] === true,
    bypassRowLevelSecurity: row["rolbypassrls"] === true,
    roles: granted,
    searchPaths: path === "" ? [] : path.split(", ").map((part) => part.replaceAll(/^"+|"+$/g, "")),
    statementTimeout: Number(parameter("statement_timeout") || 0),
    idleInTransactionSessionTimeout: Number(parameter("idle_in_transaction_session_timeout") || 0),
    assumeRole: parameter("role"),
  };
}

// Only a superuser sees passwords, and only as hashes: md5 can be checked, SCRAM is taken on trust.
async function readPassword(
  server: Server,
  session: Session,
  name: string,
  recorded: Values,
  canLogin: boolean,
): Promise<string> {
  const known = textOf(recorded, "password");
  if (!canLogin || !server.connection.superuser) return known;
  const [user] = await session.run("SELECT CURRENT_USER AS name");
  if (!(await isSuperuser(session, String(user?.["name"])))) {
    throw new Error(
      `could not read role password from Postgres as connected user ${server.user} is not a SUPERUSER. You can set ` +
        "`superuser = false` in the provider configuration so it will not try to read the password from Postgres",
    );
  }
  const sql = "SELECT COALESCE(passwd, '') AS hash FROM pg_catalog.pg_shadow AS s WHERE s.usename = $1";
  const [row] = await session.run(sql, [name]);
  const hash = String(row?.["hash"] ?? "");
  const isPlain = known !== "" && !known.startsWith("md5") && !known.startsWith("SCRAM-SHA-256");
  if (isPlain && hash.startsWith("SCRAM-SHA-256")) return known;
  const md5 = `md5${createHash("md5")
    .update(known + name)
    .digest("hex")}`;
  return isPlain && hash === md5 ? known : hash;
}

async function remove(server: Server, recorded: Values): Promise<void> {
  const name = textOf(recorded, "name");
  await server.transaction("", async (session) => {
    await lockRole(session, name);
    if (!flagOf(recorded, "skipReassignOwned")) {
      await withRolesGranted(session, [name], async () => {
        const reassign = `REASSIGN OWNED BY ${identifier(name)} TO ${identifier(server.user)}`;
        await doing(`could not reassign owned by role ${name} to ${server.user}`, session.run(reassign));
        await doing(`could not drop owned by role ${name}`, session.run(`DROP OWNED BY ${identifier(name)}`));
      });
    }
    if (flagOf(recorded, "skipDropRole")) return;
    await doing(`could not delete role ${name}`, session.run(`DROP ROLE ${identifier(name)}`));
  });
}
