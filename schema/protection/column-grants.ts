import type { GrantStmt } from "libpg-query";
import { columnsOfPrivilege } from "../migration/attached-objects.ts";
import { name, names } from "../lint/sql-text.ts";
import { kindOf } from "../mapping/kinds.ts";
import { columnsOf, homeOf, type Mapping } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import { nameOf } from "../sql/parse-tree.ts";
import { PUBLIC, type Grant, type Protection } from "./protection.ts";
import { identifier, list, sql, verbatim, type Sql } from "../sql/sql.ts";
import { roleName } from "./written-policies.ts";
import type { ProtectionAsked } from "./asked.ts";

/** A privilege on columns. */
interface ColumnGrant extends Grant {
  readonly table: string;
  readonly columns: readonly string[];
}

/** A table as far as privileges on it go. */
export interface Granted {
  readonly grants: readonly Grant[];
  readonly columns: Readonly<Record<string, { readonly grants: readonly Grant[] }>>;
}

const KEYWORDS: Readonly<Record<string, Sql>> = {
  select: sql`SELECT`,
  insert: sql`INSERT`,
  update: sql`UPDATE`,
  references: sql`REFERENCES`,
};

/**
 * Privileges on old columns alone, as statements that give them on the new columns of the same
 * table: to whom each of the old ones gives them.
 */
export function carriedGrants(migration: Migration, protection: Protection, schema: string): readonly Sql[] {
  return migration.mappings.flatMap((mapping) =>
    missingOnNew(mapping, protection).map((grant) => grantSql(grant, schema)),
  );
}

/**
 * Why the new columns, which are there, would be open to more or to fewer roles than the old ones
 * of the same table; empty before they are there.
 */
export function columnGrantObjections({ migration, protection }: ProtectionAsked): readonly string[] {
  return migration.mappings.flatMap((mapping) => {
    const { table } = homeOf(mapping, "new");
    const known = protection.tables[table];
    const fresh = columnsOf(mapping, "new");
    if (!kindOf(mapping).isInOneRow || known === undefined) return [];
    if (fresh.some((column) => known.columns[column] === undefined)) return [];
    const written = writtenGrants(migration, table);
    const wider = fresh.flatMap((column) =>
      (known.columns[column]?.grants ?? [])
        .filter(
          ({ grantee, privilege }) =>
            !mapping.old.every((old) => mayUse(protection, known, grantee, privilege, [old])) &&
            !written.some((one) => one.grantee === grantee && one.privilege === privilege),
        )
        .map((grant): ColumnGrant => ({ ...grant, table, columns: [column] })),
    );
    return [
      ...missingOnNew(mapping, protection).map(
        (grant) =>
          `${grant.grantee} has ${grant.privilege.toUpperCase()} on ${mapping.old.join(", ")} of ${table} and not on ${grant.columns.join(", ")}: ${words(grant)}`,
      ),
      ...wider.map(
        (grant) =>
          `${grant.grantee} has ${grant.privilege.toUpperCase()} on ${grant.columns.join(", ")} of ${table} and not on ${mapping.old.join(", ")}: ${words(grant).replace("GRANT", "REVOKE").replace(" TO ", " FROM ").replace(" WITH GRANT OPTION", "")}`,
      ),
    ];
  });
}

/**
 * Privileges that only a part of a mapping's old columns has: nobody but its author can say who may
 * use what is made of all of them.
 */
export function columnGrantNotes(migration: Migration, protection: Protection): readonly string[] {
  return migration.mappings.flatMap((mapping) => {
    const { table } = homeOf(mapping, "old");
    const known = protection.tables[table];
    if (known === undefined || mapping.old.length < 2) return [];
    const some = mapping.old.flatMap((column) => known.columns[column]?.grants ?? []);
    const partial = some.filter(
      ({ grantee, privilege }) => !mayUse(protection, known, grantee, privilege, mapping.old),
    );
    const sentences = partial.map(
      ({ grantee, privilege }) =>
        `${grantee} has ${privilege.toUpperCase()} on a part of ${table}.${mapping.old.join(", ")} only, so it gets none on ${columnsOf(mapping, "new").join(", ")}: where it should, GRANT it in expand.sql`,
    );
    return [...new Set(sentences)];
  });
}

function missingOnNew(mapping: Mapping, protection: Protection): readonly ColumnGrant[] {
  const { table } = homeOf(mapping, "old");
  const known = protection.tables[table];
  if (!kindOf(mapping).isInOneRow || known === undefined) return [];
  const [first = "", ...others] = mapping.old;
  // What a role has on the whole table it has on a new column too.
  const candidates = [first, ...others].flatMap((column) => known.columns[column]?.grants ?? []);
  const distinct = new Map(candidates.map((grant) => [`${grant.privilege} ${grant.grantee}`, grant]));
  return [...distinct.values()].flatMap((grant) => {
    const { grantee, privilege } = grant;
    const isExact = mapping.old.every(
      (column) =>
        has(known.columns[column]?.grants ?? [], grantee, privilege) || has(known.grants, grantee, privilege),
    );
    const columns = columnsOf(mapping, "new").filter(
      (column) => !has(known.columns[column]?.grants ?? [], grantee, privilege),
    );
    if (!isExact || has(known.grants, grantee, privilege) || columns.length === 0) return [];
    const grantable = mapping.old.every((column) =>
      (known.columns[column]?.grants ?? []).some(
        (one) => one.grantee === grantee && one.privilege === privilege && one.grantable,
      ),
    );
    return [{ ...grant, grantable, table, columns }];
  });
}

/**
 * Whether a role has a privilege on all of these columns, by itself, by a role that it is a member
 * of, or as everybody has it.
 */
export function mayUse(
  { memberships }: Pick<Protection, "memberships">,
  table: Granted,
  role: string,
  privilege: string,
  columns: readonly string[],
): boolean {
  const roles = role === PUBLIC ? [PUBLIC] : [role, PUBLIC, ...(memberships[role] ?? [])];
  return roles.some(
    (one) =>
      has(table.grants, one, privilege) ||
      (columns.length > 0 &&
        columns.every((column) =>
          roles.some((each) => has(table.columns[column]?.grants ?? [], each, privilege)),
        )),
  );
}

export function has(grants: readonly Grant[], grantee: string, privilege: string): boolean {
  return grants.some((grant) => grant.grantee === grantee && grant.privilege === privilege);
}

/** What expand.sql itself grants on parts of a table. */
function writtenGrants({ expand }: Pick<Migration, "expand">, table: string): readonly Grant[] {
  return expand.flatMap(({ tree }) => ("GrantStmt" in tree ? grantsIn(tree.GrantStmt, table) : []));
}

function grantsIn(statement: GrantStmt, table: string): readonly Grant[] {
  const { is_grant, objects = [], grantees = [], privileges = [], grant_option = false } = statement;
  const isNamed = objects.some((object) => "RangeVar" in object && nameOf(object.RangeVar) === table);
  if (!is_grant || !isNamed) return [];
  return grantees.flatMap((grantee) =>
    privilegesIn(privileges).map(({ privilege }) => ({
      grantee: roleName(grantee),
      privilege,
      grantable: grant_option,
    })),
  );
}

/**
 * Privileges that a statement names, with the columns that they are limited to; ALL
 * stands for each.
 */
export function privilegesIn(
  privileges: GrantStmt["privileges"] = [],
): readonly { readonly privilege: string; readonly columns: readonly string[] }[] {
  const every = ["select", "insert", "update", "delete", "references"];
  if (privileges.length === 0) return every.map((privilege) => ({ privilege, columns: [] }));
  return privileges.flatMap((node) => {
    const columns = columnsOfPrivilege(node);
    const given = "AccessPriv" in node ? node.AccessPriv.priv_name : undefined;
    return (given === undefined ? every : [given]).map((privilege) => ({ privilege, columns }));
  });
}

function words({ privilege, columns, table, grantee, grantable }: ColumnGrant): string {
  const role = grantee === PUBLIC ? "PUBLIC" : name(grantee);
  return `GRANT ${privilege.toUpperCase()} (${names(columns)}) ON ${name(table)} TO ${role}${grantable ? " WITH GRANT OPTION" : ""}`;
}

function grantSql({ privilege, columns, table, grantee, grantable }: ColumnGrant, schema: string): Sql {
  const role = grantee === PUBLIC ? sql`PUBLIC` : identifier(grantee);
  const keyword = KEYWORDS[privilege] ?? verbatim(privilege);
  return sql`GRANT ${keyword} (${list(columns.map((column) => identifier(column)))}) ON ${identifier(schema, table)} TO ${role}${grantable ? sql` WITH GRANT OPTION` : sql``}`;
}
