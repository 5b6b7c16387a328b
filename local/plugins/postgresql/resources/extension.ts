import { changed, flagOf, textOf, type Found, type ResourceType, type Values } from "./resource.ts";
import { doing, type Server } from "../server.ts";
import { identifier } from "../sql.ts";

/** An extension of a database. */
export const extension: ResourceType = {
  attributes: {
    name: { type: "string", required: true, forceNew: true },
    schema: { type: "string", computed: true },
    version: { type: "string", computed: true },
    database: { type: "string", computed: true, forceNew: true },
    dropCascade: { type: "bool", default: false },
    createCascade: { type: "bool", default: false },
  },
  autonamed: true,
  async create(server, wanted) {
    const database = databaseOf(server, wanted);
    const option = (keyword: string, key: string): string =>
      textOf(wanted, key) === "" ? "" : ` ${keyword} ${identifier(textOf(wanted, key))}`;
    const cascade = flagOf(wanted, "createCascade") ? " CASCADE" : "";
    const name = identifier(textOf(wanted, "name"));
    const options = option("SCHEMA", "schema") + option("VERSION", "version") + cascade;
    await server.transaction(database, (session) =>
      session.run(`CREATE EXTENSION IF NOT EXISTS ${name}${options}`),
    );
    return `${database}.${textOf(wanted, "name")}`;
  },
  read,
  async update(server, old, wanted) {
    const name = identifier(textOf(wanted, "name"));
    await server.transaction(databaseOf(server, wanted), async (session) => {
      if (changed(old, wanted, "schema")) {
        const sql = `ALTER EXTENSION ${name} SET SCHEMA ${identifier(textOf(wanted, "schema"))}`;
        await doing("error updating extension SCHEMA", session.run(sql));
      }
      if (changed(old, wanted, "version")) {
        const sql = `ALTER EXTENSION ${name} UPDATE TO ${identifier(textOf(wanted, "version"))}`;
        await doing("error updating extension version", session.run(sql));
      }
    });
  },
  async delete(server, recorded) {
    const mode = flagOf(recorded, "dropCascade") ? "CASCADE" : "RESTRICT";
    const sql = `DROP EXTENSION ${identifier(textOf(recorded, "name"))} ${mode}`;
    await server.transaction(databaseOf(server, recorded), (session) => session.run(sql));
  },
};

function databaseOf(server: Server, values: Values): string {
  return textOf(values, "database") || server.database;
}

async function read(server: Server, id: string, recorded: Values): Promise<Found | undefined> {
  const [idDatabase = "", idName = ""] = id.split(".");
  const known = textOf(recorded, "name") !== "";
  const database = known ? databaseOf(server, recorded) : idDatabase;
  const name = known ? textOf(recorded, "name") : idName;
  const exists = await server.session("", (session) =>
    session.run("SELECT 1 FROM pg_database WHERE datname = $1", [database]),
  );
  if (exists.length === 0) return undefined;
  return server.session(database, async (session) => {
    const [row] = await session.run(
      "SELECT nspname, extversion FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace " +
        "WHERE extname = $1",
      [name],
    );
    if (row === undefined) return undefined;
    const options = {
      dropCascade: flagOf(recorded, "dropCascade"),
      createCascade: flagOf(recorded, "createCascade"),
    };
    const found = { name, database, schema: String(row["nspname"]), version: String(row["extversion"]) };
    return { id: `${database}.${name}`, values: { ...options, ...found } };
  });
}
