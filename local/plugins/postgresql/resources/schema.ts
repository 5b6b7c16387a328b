import { withRolesGranted } from "./membership.ts";
import { changed, flagOf, textOf, type Found, type ResourceType, type Values } from "./resource.ts";
import { doing, type Server, type Session } from "../server.ts";
import { identifier } from "../sql.ts";

/** A schema of a database. */
export const schema: ResourceType = {
  attributes: {
    name: { type: "string", required: true },
    database: { type: "string", computed: true, forceNew: true },
    owner: { type: "string", computed: true },
    ifNotExists: { type: "bool", default: true },
    dropCascade: { type: "bool", default: false },
  },
  autonamed: true,
  create,
  read,
  update,
  delete: remove,
};

function databaseOf(server: Server, values: Values): string {
  return textOf(values, "database") || server.database;
}

async function create(server: Server, wanted: Values): Promise<string> {
  const database = databaseOf(server, wanted);
  const [name, owner] = [textOf(wanted, "name"), textOf(wanted, "owner")];
  await server.transaction(database, async (session) => {
    const roles = [...new Set([await databaseOwner(session, database), ...(owner === "" ? [] : [owner])])];
    await withRolesGranted(session, roles, async () => {
      const exists = (await session.run("SELECT 1 FROM pg_namespace WHERE nspname = $1", [name])).length > 0;
      if (exists) {
        if (owner !== "") await setOwner(session, wanted);
        return;
      }
      const condition = flagOf(wanted, "ifNotExists") ? "IF NOT EXISTS " : "";
      const authorization = owner === "" ? "" : ` AUTHORIZATION ${identifier(owner)}`;
      const sql = `CREATE SCHEMA ${condition}${identifier(name)}${authorization}`;
      await doing(`error creating schema ${name}`, session.run(sql));
    });
  });
  return `${database}.${name}`;
}

async function databaseOwner(session: Session, database: string): Promise<string> {
  const [row] = await session.run(
    "SELECT rolname FROM pg_database JOIN pg_roles ON datdba = pg_roles.oid WHERE datname = $1",
    [database],
  );
  if (row === undefined) throw new Error(`could not find database '${database}' while looking for owner`);
  return String(row["rolname"]);
}

async function setOwner(session: Session, wanted: Values): Promise<void> {
  const [name, owner] = [textOf(wanted, "name"), textOf(wanted, "owner")];
  if (owner === "") throw new Error("error setting schema owner to an empty string");
  const sql = `ALTER SCHEMA ${identifier(name)} OWNER TO ${identifier(owner)}`;
  await doing("error updating schema OWNER", session.run(sql));
}

async function update(server: Server, old: Values, wanted: Values): Promise<void> {
  await server.transaction(databaseOf(server, wanted), async (session) => {
    if (changed(old, wanted, "name")) {
      const sql = `ALTER SCHEMA ${identifier(textOf(old, "name"))} RENAME TO ${identifier(textOf(wanted, "name"))}`;
      await doing("error updating schema NAME", session.run(sql));
    }
    if (changed(old, wanted, "owner")) await setOwner(session, wanted);
  });
}

async function read(server: Server, id: string, recorded: Values): Promise<Found | undefined> {
  const [ofDatabase, ofName, ...rest] = id.split(".");
  const name = textOf(recorded, "name") || ofName;
  if (name === undefined || (rest.length > 0 && textOf(recorded, "name") === "")) {
    throw new Error(
      `schema ID ${id} has not the expected format 'database.schema': ${id.split(".").join(" ")}`,
    );
  }
  const database = textOf(recorded, "name") === "" ? String(ofDatabase) : databaseOf(server, recorded);
  const exists = await server.session("", (session) =>
    session.run("SELECT 1 FROM pg_database WHERE datname = $1", [database]),
  );
  if (exists.length === 0) return undefined;
  return server.session(database, async (session) => {
    const sql =
      "SELECT pg_catalog.pg_get_userbyid(nspowner) AS owner FROM pg_catalog.pg_namespace WHERE nspname = $1";
    const [row] = await session.run(sql, [name]);
    if (row === undefined) return undefined;
    const { ifNotExists, dropCascade } = recorded;
    const options = { ifNotExists: ifNotExists ?? true, dropCascade: dropCascade ?? false };
    const values = { ...options, name, database, owner: String(row["owner"]) };
    return { id: `${database}.${name}`, values };
  });
}

async function remove(server: Server, recorded: Values): Promise<void> {
  const name = textOf(recorded, "name");
  await server.transaction(databaseOf(server, recorded), async (session) => {
    if ((await session.run("SELECT 1 FROM pg_namespace WHERE nspname = $1", [name])).length === 0) return;
    await withRolesGranted(session, [textOf(recorded, "owner")], async () => {
      const mode = flagOf(recorded, "dropCascade") ? "CASCADE" : "RESTRICT";
      await doing("error deleting schema", session.run(`DROP SCHEMA ${identifier(name)} ${mode}`));
    });
  });
}
