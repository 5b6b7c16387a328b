// Roles, their members, and locks on them.
import { identifier } from "../sql.ts";
import { doing, type Session } from "../server.ts";

/** Keeps other operations on a role and its members waiting until the transaction ends. */
export async function lockRole(session: Session, role: string): Promise<void> {
  await session.run("SET statement_timeout = 0");
  await doing(
    `could not get advisory lock for role ${role}`,
    session.run("SELECT pg_advisory_xact_lock(oid::bigint) FROM pg_roles WHERE rolname = $1", [role]),
  );
  const members =
    "SELECT pg_advisory_xact_lock(member::bigint) FROM pg_auth_members JOIN pg_roles ON roleid = pg_roles.oid WHERE rolname = $1";
  await doing(`could not get advisory lock for members of role ${role}`, session.run(members, [role]));
}

/** Keeps other operations on a database waiting until the transaction ends. */
export async function lockDatabase(session: Session, database: string): Promise<void> {
  await session.run("SET statement_timeout = 0");
  const lock = "SELECT pg_advisory_xact_lock(oid::bigint) FROM pg_database WHERE datname = $1";
  await doing(`could not get advisory lock for database ${database}`, session.run(lock, [database]));
}

async function isMember(session: Session, role: string, member: string): Promise<boolean> {
  const [option] = await session.run(
    "SELECT 1 FROM information_schema.columns WHERE table_name = 'pg_auth_members' AND column_name = 'set_option'",
  );
  const rows = await doing(
    "could not read role membership",
    session.run(
      "SELECT 1 FROM pg_auth_members WHERE pg_get_userbyid(roleid) = $1 AND pg_get_userbyid(member) = $2" +
        (option === undefined ? "" : " AND set_option"),
      [role, member],
    ),
  );
  return rows.length > 0;
}

/** Makes `member` a member of `role`; false when it was one already. */
export async function grantMembership(session: Session, role: string, member: string): Promise<boolean> {
  if (member === role || (await isMember(session, role, member))) return false;
  const grant = `GRANT ${identifier(role)} TO ${identifier(member)}`;
  await doing(`error granting role ${role} to ${member}`, session.run(grant));
  return true;
}

/** Ends the membership of `member` in `role`; false when there was none. */
export async function revokeMembership(session: Session, role: string, member: string): Promise<boolean> {
  if (member === role || !(await isMember(session, role, member))) return false;
  const revoke = `REVOKE ${identifier(role)} FROM ${identifier(member)}`;
  await doing(`error revoking role ${role} from ${member}`, session.run(revoke));
  return true;
}

/** True for superusers. Throws when there is no such role. */
export async function isSuperuser(session: Session, role: string): Promise<boolean> {
  const [row] = await session.run("SELECT rolsuper FROM pg_roles WHERE rolname = $1", [role]);
  if (row === undefined)
    throw new Error(`could not check if role ${role} is superuser: sql: no rows in result set`);
  return row["rolsuper"] === true;
}

/** True when there is such a role. */
export async function roleExists(session: Session, role: string): Promise<boolean> {
  return (await session.run("SELECT 1 FROM pg_roles WHERE rolname = $1", [role])).length > 0;
}

/**
 * Works with the given roles granted to the user that is connected, unless it is a superuser: only
 * their owner may change some things. The grants end with the work; a membership the other way
 * round is suspended meanwhile.
 */
export async function withRolesGranted<Result>(
  session: Session,
  roles: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  if (roles.length === 0) return work();
  const [row] = await session.run("SELECT CURRENT_USER AS name");
  const user = String(row?.["name"]);
  if (await isSuperuser(session, user)) return work();
  const granted: string[] = [];
  const suspended: string[] = [];
  for (const role of roles) {
    if (await isSuperuser(session, role)) continue;
    if (await revokeMembership(session, user, role)) suspended.push(role);
    if (await grantMembership(session, role, user)) granted.push(role);
  }
  const result = await work();
  for (const role of granted) await revokeMembership(session, role, user);
  for (const role of suspended)
    if (await roleExists(session, role)) await grantMembership(session, user, role);
  return result;
}
