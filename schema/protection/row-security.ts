import { droppedColumns } from "../restore/part.ts";
import { name, names } from "../lint/sql-text.ts";
import { kindOf } from "../mapping/kinds.ts";
import { homeOf, type Mapping } from "../migration/manifest.ts";
import { restoredBy } from "../sql/names.ts";
import { COMMANDS, PUBLIC, type Command, type Policy } from "./protection.ts";
import { createdPolicies, fateOf, setsRowSecurity } from "./written-policies.ts";
import type { ProtectionAsked } from "./asked.ts";

/**
 * Why rows that policies protect would be open, or lost to a version, in the table that columns
 * move to.
 */
export function movedRowSecurity({ migration, protection }: ProtectionAsked): readonly string[] {
  const { tables } = protection;
  return migration.mappings.flatMap((mapping) => {
    const [from, to] = [homeOf(mapping, "old").table, homeOf(mapping, "new").table];
    const old = tables[from];
    if (from === to) return [];
    const forced = setsRowSecurity(migration.expand, to, "AT_ForceRowSecurity")
      ? [
          `expand.sql must not FORCE row level security on ${to}: it would bind the owner too, as whom the triggers carry rows over. Write that in contract.sql`,
        ]
      : [];
    if (old === undefined || !old.rowSecurity) return forced;
    const place = tables[to] === undefined ? "to expand.sql" : "by hand";
    const isOn = tables[to]?.rowSecurity ?? setsRowSecurity(migration.expand, to, "AT_EnableRowSecurity");
    const add = proposals(mapping, old.policies);
    if (!isOn) {
      return [
        ...forced,
        `row level security protects ${from}, and would not protect ${to}, where ${mapping.old.join(", ")} ${mapping.old.length === 1 ? "goes" : "go"}: who may not see or write a row of ${from} could do so there. Add ${place}: ALTER TABLE ${name(to)} ENABLE ROW LEVEL SECURITY; ${shortened(add)}`,
      ];
    }
    const fresh = tables[to]?.policies ?? createdPolicies(migration.expand, to);
    return [...forced, ...differences(mapping, old.policies, fresh, `Add ${place}: ${shortened(add)}`)];
  });
}

/**
 * Why policies that read a column which contract.sql drops would stop it, or go with the column and
 * leave rows open or hidden.
 */
export function policiesOfDropped({ migration, protection, ledger }: ProtectionAsked): readonly string[] {
  const { tables } = protection;
  const isBegun = ledger.migrations[migration.id] !== undefined;
  if (restoredBy(migration.id) !== null) return [];
  return migration.mappings.flatMap((mapping) => {
    const { table } = homeOf(mapping, "old");
    const gone = droppedColumns(migration, table).filter((column) => mapping.old.includes(column));
    return gone.flatMap((column) =>
      (tables[table]?.columns[column]?.policies ?? []).flatMap((policy) => {
        const fate = fateOf(policy, column, migration);
        if (fate === "altered" || fate === "replaced") return [];
        const found =
          fate === "dropped"
            ? `contract.sql drops policy ${policy.name} of ${policy.table} and creates none like it, so the rows that it let ${policy.permissive ? "through would be hidden" : "nobody see would be open"}`
            : `policy ${policy.name} of ${policy.table} reads ${table}.${column}, which contract.sql drops`;
        return [
          `${found}. ${isBegun ? "Run now, or add to contract.sql" : "Add to contract.sql, above the DROP COLUMN"}: ALTER POLICY ${name(policy.name)} ON ${name(policy.table)}${clauses(policy, (text) => text)}; with ${columnsOfNew(mapping)} in place of ${column}`,
        ];
      }),
    );
  });
}

function columnsOfNew(mapping: Mapping): string {
  return mapping.new.map((column) => column.name).join(", ");
}

/** Where both tables have row security: what the new one's policies let through more, or less. */
function differences(
  mapping: Mapping,
  old: readonly Policy[],
  fresh: readonly Policy[],
  remedy: string,
): readonly string[] {
  const [from, to] = [homeOf(mapping, "old").table, homeOf(mapping, "new").table];
  const isBack = kindOf(mapping).mayBeAbsent(mapping, "old");
  const found = new Map<string, Command[]>();
  const note = (command: Command, sentence: (what: string) => string) => {
    const key = sentence("$");
    found.set(key, [...(found.get(key) ?? []), command]);
  };
  for (const role of new Set([...old, ...fresh].flatMap((policy) => policy.roles))) {
    const who = role === PUBLIC ? "everybody" : role;
    for (const command of COMMANDS) {
      const needed = letting(old, role, isBack ? sourcesBack(command) : [command]);
      const allowing = letting(old, role, sources(command));
      const has = letting(fresh, role, [command]);
      if (needed.length > 0 && has.length === 0)
        note(command, (what) => `no policy of ${to} lets ${who} ${what} rows, as one of ${from} does`);
      else if (has.length > 0 && allowing.length === 0)
        note(command, (what) => `a policy of ${to} lets ${who} ${what} rows, and none of ${from} does`);
      else if (has.some(({ isOpen }) => isOpen) && !allowing.some(({ isOpen }) => isOpen))
        note(command, (what) => `a policy of ${to} lets ${who} ${what} every row, and none of ${from} does`);
    }
  }
  for (const command of isBack ? [] : COMMANDS) {
    const restricting = old.filter((policy) => !policy.permissive && policy.commands.includes(command));
    if (restricting.length > 0 && !isRestricted(restricting, fresh, command, from))
      note(command, (what) => `${from} has a RESTRICTIVE policy for ${what}, and ${to} has none`);
  }
  return [...found].map(
    ([sentence, commands]) => `${sentence.replace("$", commands.join(", ").toUpperCase())}. ${remedy}`,
  );
}

/**
 * A policy that asks for the row of the old table does not find what a RESTRICTIVE policy
 * hides there.
 */
function isRestricted(
  old: readonly Policy[],
  fresh: readonly Policy[],
  command: Command,
  from: string,
): boolean {
  const own = fresh.filter(({ commands }) => commands.includes(command));
  return (
    own.some(({ permissive }) => !permissive) ||
    (old.every(({ commands }) => commands.includes("select")) && own.every(({ asks }) => asks.includes(from)))
  );
}

/** A row of the new table that comes, changes or goes is a row of the old one that changes. */
function sources(command: Command): readonly Command[] {
  if (command === "insert") return ["insert", "update"];
  return command === "delete" ? ["update", "delete"] : [command];
}

/** The same on the way back. */
function sourcesBack(command: Command): readonly Command[] {
  return command === "update" ? ["insert", "update", "delete"] : command === "select" ? ["select"] : [];
}

function letting(policies: readonly Policy[], role: string, commands: readonly Command[]): readonly Policy[] {
  return policies.filter(
    (policy) =>
      policy.permissive &&
      (policy.roles.includes(role) || policy.roles.includes(PUBLIC)) &&
      policy.commands.some((command) => commands.includes(command)),
  );
}

/**
 * The same policies for the new table: each looks at the row of the old one, which has
 * what it asks for.
 */
function proposals(mapping: Mapping, policies: readonly Policy[]): readonly string[] {
  const [from, to] = [homeOf(mapping, "old"), homeOf(mapping, "new")];
  const join = from.key
    .map((key, at) => `${name(from.table)}.${name(key)} = ${name(to.table)}.${name(to.key[at] ?? "")}`)
    .join(" AND ");
  const through = (condition: string) =>
    `EXISTS (SELECT FROM ${name(from.table)} WHERE ${join}${condition === "true" ? "" : ` AND ${condition}`})`;
  return policies.map((policy) => {
    const kind = policy.permissive ? "" : " AS RESTRICTIVE";
    const [only] = policy.commands;
    const command = policy.commands.length > 1 || only === undefined ? "" : ` FOR ${only.toUpperCase()}`;
    const isPublic = policy.roles.includes(PUBLIC);
    const roles = isPublic ? "" : ` TO ${names(policy.roles)}`;
    return `CREATE POLICY ${name(policy.name)} ON ${name(to.table)}${kind}${command}${roles}${clauses(policy, through)};`;
  });
}

function clauses({ using, check }: Policy, through: (condition: string) => string): string {
  return [
    using === null ? "" : ` USING (${through(using)})`,
    check === null ? "" : ` WITH CHECK (${through(check)})`,
  ].join("");
}

/** What a refusal has room for. */
const MOST_CHARACTERS = 420;

function shortened(statements: readonly string[]): string {
  let text = "";
  for (const [at, statement] of statements.entries()) {
    if (at > 0 && text.length + statement.length > MOST_CHARACTERS)
      return `${text} and the same of ${statements.length - at} more`;
    text = text === "" ? statement : `${text} ${statement}`;
  }
  return text === "" ? "and the policies that let the application through" : text;
}
