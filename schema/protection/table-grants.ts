import { createdTables } from "../migration/added-objects.ts";
import { has, mayUse, privilegesIn, type Granted } from "./column-grants.ts";
import { name, names } from "../lint/sql-text.ts";
import { kindOf } from "../mapping/kinds.ts";
import { columnsOf, homeOf, type Mapping } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import { nameOf } from "../sql/parse-tree.ts";
import { COMMANDS, PUBLIC, type Command, type Grant, type Protection } from "./protection.ts";
import { roleName } from "./written-policies.ts";
import type { ProtectionAsked } from "./asked.ts";

/** Why columns that move to another table would be open to more, or to fewer, roles there. */
export function movedGrants({ migration, protection }: ProtectionAsked): readonly string[] {
  return migration.mappings.flatMap((mapping) => {
    const old = protection.tables[homeOf(mapping, "old").table];
    const to = homeOf(mapping, "new").table;
    if (kindOf(mapping).isInOneRow || old === undefined) return [];
    const fresh = protection.tables[to] ?? afterExpand(migration, to, protection.defaultGrants);
    const place = protection.tables[to] === undefined ? "add to expand.sql" : "run";
    const move = { mapping, protection, old, fresh };
    return rolesOf(move).flatMap((role) => [
      ...fewer(move, role).map((text) => `${text}: ${place} ${grantWords(move, role)}`),
      ...more(move, role, place),
    ]);
  });
}

interface MovedColumns {
  readonly mapping: Mapping;
  readonly protection: Protection;
  readonly old: Granted;
  readonly fresh: Granted;
}

function rolesOf({ mapping, old, fresh }: MovedColumns): readonly string[] {
  const entries = [
    ...old.grants,
    ...mapping.old.flatMap((column) => old.columns[column]?.grants ?? []),
    ...fresh.grants,
    ...columnsOf(mapping, "new").flatMap((column) => fresh.columns[column]?.grants ?? []),
  ];
  return [...new Set(entries.map(({ grantee }) => grantee))].sort();
}

/** What a role may do with the old columns by a privilege of its own, and not with the new ones. */
function lacking({ mapping, protection, old, fresh }: MovedColumns, role: string): readonly Command[] {
  const isBack = kindOf(mapping).mayBeAbsent(mapping, "old");
  const isOwn = (command: Command) =>
    has(old.grants, role, command) ||
    mapping.old.every((column) => has(old.columns[column]?.grants ?? [], role, command));
  const needed = COMMANDS.filter((command) => {
    if (isBack && command === "update") return isOwn("insert") || isOwn("update");
    return (isBack ? ["select"] : ["select", "insert", "update"]).includes(command) && isOwn(command);
  });
  return needed.filter((command) => !mayUse(protection, fresh, role, command, columnsOf(mapping, "new")));
}

function fewer(move: MovedColumns, role: string): readonly string[] {
  const missing = lacking(move, role);
  const { mapping } = move;
  return missing.length === 0
    ? []
    : [
        `${role} has ${upper(missing)} on ${homeOf(mapping, "old").table}.${mapping.old.join(", ")} and not on ${homeOf(mapping, "new").table}`,
      ];
}

function grantWords(move: MovedColumns, role: string): string {
  const { mapping, old } = move;
  const to = homeOf(mapping, "new");
  const given = lacking(move, role).map((command) => {
    if (has(old.grants, role, command)) return command.toUpperCase();
    const key = command === "update" ? [] : to.key;
    return `${command.toUpperCase()} (${names([...key, ...columnsOf(mapping, "new")])})`;
  });
  return `GRANT ${given.join(", ")} ON ${name(to.table)} TO ${roleWords(role)}`;
}

/**
 * A write of the new table's row is carried over as an update of the old one's with the rights of
 * the tables' owner.
 */
function more(
  { mapping, protection, old, fresh }: MovedColumns,
  role: string,
  place: string,
): readonly string[] {
  // The older version's table was there before, with the privileges that it has.
  if (kindOf(mapping).mayBeAbsent(mapping, "old")) return [];
  const could = (command: Command) => mayUse(protection, old, role, command, mapping.old);
  const sources: Readonly<Record<Command, readonly Command[]>> = {
    select: ["select"],
    insert: ["insert", "update"],
    update: ["update"],
    delete: ["update", "delete"],
  };
  const wider = COMMANDS.filter((command) => {
    const isOwn =
      has(fresh.grants, role, command) ||
      columnsOf(mapping, "new").some((column) => has(fresh.columns[column]?.grants ?? [], role, command));
    return isOwn && !sources[command].some(could);
  });
  const [from, to] = [homeOf(mapping, "old").table, homeOf(mapping, "new").table];
  return wider.length === 0
    ? []
    : [
        `${role} has ${upper(wider)} on ${to} and may not do that with ${from}.${mapping.old.join(", ")}, which it would reach by the triggers or read there: ${place} REVOKE ${upper(wider)} ON ${name(to)} FROM ${roleWords(role)}`,
      ];
}

/** The privileges on a table that expand.sql creates, when it has run. */
function afterExpand(
  migration: Pick<Migration, "expand">,
  table: string,
  defaults: readonly Grant[],
): Granted {
  let grants = createdTables(migration).includes(table) ? defaults : [];
  const columns: Record<string, { grants: readonly Grant[] }> = {};
  for (const { tree } of migration.expand) {
    if (!("GrantStmt" in tree)) continue;
    const { is_grant, objects = [], grantees = [], privileges } = tree.GrantStmt;
    if (!objects.some((object) => "RangeVar" in object && nameOf(object.RangeVar) === table)) continue;
    for (const grantee of grantees.map(roleName)) {
      for (const { privilege, columns: listed } of privilegesIn(privileges)) {
        const isSame = (one: Grant) => one.grantee === grantee && one.privilege === privilege;
        const after = (before: readonly Grant[]): readonly Grant[] => {
          const others = before.filter((one) => !isSame(one));
          return is_grant ? [...others, { grantee, privilege, grantable: false }] : others;
        };
        if (listed.length === 0) grants = after(grants);
        for (const column of listed) columns[column] = { grants: after(columns[column]?.grants ?? []) };
      }
    }
  }
  return { grants, columns };
}

function upper(commands: readonly Command[]): string {
  return commands.join(", ").toUpperCase();
}

function roleWords(role: string): string {
  return role === PUBLIC ? "PUBLIC" : name(role);
}
