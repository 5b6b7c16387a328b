import { lockRole, withRolesGranted } from "./membership.ts";
import {
  OBJECT_LETTERS,
  placeExists,
  roleOid,
  samePrivileges,
  validatePrivileges,
  withGrantOption,
} from "./privileges.ts";
import { flagOf, listOf, textOf, type Found, type ResourceType, type Values } from "./resource.ts";
import { doing, type Server, type Session } from "../server.ts";
import { identifier } from "../sql.ts";

/** What a role may do with objects that another role makes from now on. */
export const defaultPrivileges: ResourceType = {
  attributes: {
    role: { type: "string", required: true, forceNew: true },
    database: { type: "string", required: true, forceNew: true },
    owner: { type: "string", required: true, forceNew: true },
    schema: { type: "string", forceNew: true },
    objectType: {
      type: "string",
      required: true,
      forceNew: true,
      oneOf: ["table", "sequence", "function", "routine", "type", "schema"],
    },
    privileges: { type: "set", required: true },
    withGrantOption: { type: "bool", default: false, forceNew: true },
  },
  autonamed: false,
  create: async (server, wanted) => {
    await replacePrivileges(server, wanted);
    return idOf(wanted);
  },
  update: (server, _old, wanted) => replacePrivileges(server, wanted),
  read,
  async delete(server, recorded) {
    await asOwner(server, recorded, (session) => revokeAll(session, recorded));
  },
};

function idOf(values: Values): string {
  const schema = textOf(values, "schema") || "noschema";
  const text = (key: string): string => textOf(values, key);
  return [text("role"), text("database"), schema, text("owner"), text("objectType")].join("_");
}

async function replacePrivileges(server: Server, wanted: Values): Promise<void> {
  if (textOf(wanted, "schema") !== "" && textOf(wanted, "objectType") === "schema") {
    throw new Error("cannot specify `schema` when `object_type` is `schema`");
  }
  if (flagOf(wanted, "withGrantOption") && textOf(wanted, "role").toLowerCase() === "public") {
    throw new Error("with_grant_option cannot be true for role 'public'");
  }
  validatePrivileges(wanted, await server.version());
  await asOwner(server, wanted, async (session) => {
    await revokeAll(session, wanted);
    const privileges = listOf(wanted, "privileges").join(",");
    if (privileges === "") return;
    const role = identifier(textOf(wanted, "role"));
    const sql = `${alter(wanted)} GRANT ${privileges} ON ${objects(wanted)} TO ${role}${withGrantOption(wanted)}`;
    await doing("could not alter default privileges", session.run(sql));
  });
}

async function asOwner(
  server: Server,
  values: Values,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const owner = textOf(values, "owner");
  await server.transaction(textOf(values, "database"), async (session) => {
    await lockRole(session, owner);
    await withRolesGranted(session, [owner], () => work(session));
  });
}

async function revokeAll(session: Session, values: Values): Promise<void> {
  const sql = `${alter(values)} REVOKE ALL ON ${objects(values)} FROM ${identifier(textOf(values, "role"))}`;
  await doing("could not revoke default privileges", session.run(sql));
}

function alter(values: Values): string {
  const schema = textOf(values, "schema");
  const place = schema === "" ? "" : ` IN SCHEMA ${identifier(schema)}`;
  return `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(textOf(values, "owner"))}${place}`;
}

function objects(values: Values): string {
  return `${textOf(values, "objectType").toUpperCase()}S`;
}

async function read(server: Server, _id: string, recorded: Values): Promise<Found | undefined> {
  if (!(await placeExists(server, recorded))) return undefined;
  const version = await server.version();
  const schema = textOf(recorded, "schema");
  const granted = await server.session(textOf(recorded, "database"), async (session) => {
    const [row] = await session.run(
      "SELECT array_agg(privilege_type) AS privileges FROM (SELECT defaclnamespace, (aclexplode(defaclacl)).* " +
        "FROM pg_default_acl WHERE defaclobjtype = $2) acls LEFT JOIN pg_namespace ON pg_namespace.oid = defaclnamespace " +
        "WHERE grantee = $1 AND COALESCE(nspname, '') = $3 AND pg_get_userbyid(grantor) = $4",
      [
        await roleOid(session, textOf(recorded, "role")),
        OBJECT_LETTERS[textOf(recorded, "objectType")],
        schema,
        textOf(recorded, "owner"),
      ],
    );
    return Array.isArray(row?.["privileges"]) ? row["privileges"].map(String) : [];
  });
  if (granted.length === 0 && listOf(recorded, "privileges").length > 0) return undefined;
  const same = samePrivileges(granted, recorded, version);
  return { id: idOf(recorded), values: same ? recorded : { ...recorded, privileges: granted } };
}
