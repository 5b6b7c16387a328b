import type { Colour } from "../release/release.ts";
import { defaultRolePrefix } from "../release/database/role-prefix.ts";

/** Who logs in to the application's database: the schema Jobs, or the pods of a colour. */
export type Login = "migrator" | Colour;

/**
 * The roles of an application's database. Each colour has its own, so that connections, locks and
 * statements can be attributed.
 */
export interface Roles {
  /** Owns schema and tables, never logs in. */
  readonly owner: string;
  /** Runs the schema Jobs as a member of the owner. */
  readonly migrator: string;
  /** Group of the colours' logins, with rights on rows alone. */
  readonly app: string;
  readonly logins: Readonly<Record<Colour, string>>;
}

/** What config says about the roles' names. */
interface RoleNames {
  readonly prefix?: string | undefined;
  readonly owner?: string | undefined;
}

/** The names of the roles, as config has them. */
export function rolesOf({ prefix, owner }: RoleNames, app: string): Roles {
  const begin = prefix ?? defaultRolePrefix(app);
  return {
    owner: owner ?? `${begin}_owner`,
    migrator: `${begin}_migrator`,
    app: `${begin}_app`,
    logins: { blue: `${begin}_blue`, green: `${begin}_green` },
  };
}
