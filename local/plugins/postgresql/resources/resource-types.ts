import { database } from "./database.ts";
import { defaultPrivileges } from "./default-privileges.ts";
import { extension } from "./extension.ts";
import { grant } from "./grant.ts";
import { grantRole } from "./grant-role.ts";
import type { ResourceType } from "./resource.ts";
import { role } from "./role.ts";
import { schema } from "./schema.ts";
import { parseUrn } from "../../protocol/urn.ts";

const TYPES: Readonly<Record<string, ResourceType>> = {
  "postgresql:index/database:Database": database,
  "postgresql:index/defaultPrivileges:DefaultPrivileges": defaultPrivileges,
  "postgresql:index/defaultPrivileg:DefaultPrivileg": defaultPrivileges,
  "postgresql:index/extension:Extension": extension,
  "postgresql:index/grant:Grant": grant,
  "postgresql:index/grantRole:GrantRole": grantRole,
  "postgresql:index/role:Role": role,
  "postgresql:index/schema:Schema": schema,
};

/** The type of a resource. Throws for those that are not imitated. */
export function typeOf(urn: string): ResourceType {
  const token = parseUrn(urn).type;
  const type = TYPES[token];
  if (type === undefined) {
    throw new Error(
      `Cannot serve ${token} as this stand-in for the official postgresql plugin does not imitate it. ` +
        "Install the official plugin to use it",
    );
  }
  return type;
}
