import { flagOf, textOf, type Found, type ResourceType, type Values } from "./resource.ts";
import { doing, type Server } from "../server.ts";
import { identifier } from "../sql.ts";

/** Makes a role a member of another. */
export const grantRole: ResourceType = {
  attributes: {
    role: { type: "string", required: true, forceNew: true },
    grantRole: { type: "string", required: true, forceNew: true },
    withAdminOption: { type: "bool", default: false, forceNew: true },
  },
  autonamed: false,
  async create(server, wanted) {
    const { granted, member } = names(wanted);
    await server.transaction("", async (session) => {
      await doing("could not execute revoke query", session.run(`REVOKE ${granted} FROM ${member}`));
      const option = flagOf(wanted, "withAdminOption") ? " WITH ADMIN OPTION" : "";
      await doing("could not execute grant query", session.run(`GRANT ${granted} TO ${member}${option}`));
    });
    return idOf(wanted);
  },
  read,
  async delete(server, recorded) {
    const { granted, member } = names(recorded);
    await server.transaction("", (session) =>
      doing("could not execute revoke query", session.run(`REVOKE ${granted} FROM ${member}`)),
    );
  },
};

function names(values: Values): { granted: string; member: string } {
  return { granted: identifier(textOf(values, "grantRole")), member: identifier(textOf(values, "role")) };
}

function idOf(values: Values): string {
  return [
    textOf(values, "role"),
    textOf(values, "grantRole"),
    String(flagOf(values, "withAdminOption")),
  ].join("_");
}

async function read(server: Server, _id: string, recorded: Values): Promise<Found | undefined> {
  return server.session("", async (session) => {
    const [row] = await session.run(
      "SELECT admin_option FROM pg_auth_members WHERE pg_get_userbyid(member) = $1 AND pg_get_userbyid(roleid) = $2",
      [textOf(recorded, "role"), textOf(recorded, "grantRole")],
    );
    if (row === undefined) return undefined;
    const values = { ...recorded, withAdminOption: row["admin_option"] === true };
    return { id: idOf(values), values };
  });
}
