// Which privileges there are, and whether those found are those wanted.
import { flagOf, listOf, textOf, type Values } from "./resource.ts";
import type { Session } from "../server.ts";

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  database: ["ALL", "CREATE", "CONNECT", "TEMPORARY"],
  table: ["ALL", "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
  sequence: ["ALL", "USAGE", "SELECT", "UPDATE"],
  schema: ["ALL", "CREATE", "USAGE"],
  function: ["ALL", "EXECUTE"],
  procedure: ["ALL", "EXECUTE"],
  routine: ["ALL", "EXECUTE"],
  type: ["ALL", "USAGE"],
  foreign_data_wrapper: ["ALL", "USAGE"],
  foreign_server: ["ALL", "USAGE"],
  column: ["ALL", "SELECT", "INSERT", "UPDATE", "REFERENCES"],
};

/** The catalogue's letter for a type of object. */
export const OBJECT_LETTERS: Readonly<Record<string, string>> = {
  table: "r",
  sequence: "S",
  function: "f",
  routine: "f",
  type: "T",
  schema: "n",
};

function allowed(objectType: string, version: number): readonly string[] {
  const base = ALLOWED[objectType] ?? [];
  return objectType === "table" && version >= 17 ? [...base, "MAINTAIN"] : base;
}

/** Throws when a privilege does not exist for the type of object. */
export function validatePrivileges(wanted: Values, version: number): void {
  const objectType = textOf(wanted, "objectType");
  const known = allowed(objectType, version);
  const unknown = listOf(wanted, "privileges").find((privilege) => !known.includes(privilege));
  if (unknown !== undefined) {
    throw new Error(`${unknown} is not an allowed privilege for object type ${objectType}`);
  }
}

/** True when the granted privileges are the wanted ones; ALL is as good as each of them. */
export function samePrivileges(granted: readonly string[], wanted: Values, version: number): boolean {
  const privileges = listOf(wanted, "privileges");
  const same = (list: readonly string[]): boolean =>
    list.length === granted.length && list.every((privilege) => granted.includes(privilege));
  if (same(privileges)) return true;
  const all = allowed(textOf(wanted, "objectType"), version).filter((privilege) => privilege !== "ALL");
  return privileges.includes("ALL") && same(all);
}

/** The ending of a GRANT whose privileges may be passed on, else nothing. */
export function withGrantOption(values: Values): string {
  return flagOf(values, "withGrantOption") ? " WITH GRANT OPTION" : "";
}

/** The oid of a role; 0 for everybody. Throws when there is no such role. */
export async function roleOid(session: Session, role: string): Promise<unknown> {
  if (role === "public") return 0;
  const [row] = await session.run("SELECT oid FROM pg_roles WHERE rolname = $1", [role]);
  if (row === undefined) throw new Error(`could not find oid for role ${role}: sql: no rows in result set`);
  return row["oid"];
}

/** True when the database, the role and (where one is meant) the schema exist. */
export async function placeExists(
  server: { session<R>(database: string, work: (session: Session) => Promise<R>): Promise<R> },
  values: Values,
): Promise<boolean> {
  const has = async (session: Session, sql: string, name: string): Promise<boolean> =>
    (await session.run(sql, [name])).length > 0;
  const database = textOf(values, "database");
  const found = await server.session("", (session) =>
    has(session, "SELECT 1 FROM pg_database WHERE datname = $1", database),
  );
  if (!found) return false;
  return server.session(database, async (session) => {
    const [role, schema] = [textOf(values, "role"), textOf(values, "schema")];
    if (role !== "public" && !(await has(session, "SELECT 1 FROM pg_roles WHERE rolname = $1", role)))
      return false;
    const inSchema = !["database", "foreign_data_wrapper", "foreign_server"].includes(
      textOf(values, "objectType"),
    );
    return (
      !inSchema || schema === "" || has(session, "SELECT 1 FROM pg_namespace WHERE nspname = $1", schema)
    );
  });
}
