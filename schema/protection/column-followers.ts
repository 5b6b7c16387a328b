import { newColumns } from "../migration/added-objects.ts";
import { isAttached } from "../migration/attached-objects.ts";
import type { Facts } from "../state/catalog.ts";
import { name } from "../lint/sql-text.ts";
import { kindOf } from "../mapping/kinds.ts";
import { columnsOf, homeOf, type Mapping } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import { nameParts } from "../sql/parse-tree.ts";
import type { ColumnProtection, Protection } from "./protection.ts";
import { literal } from "../sql/sql.ts";
import type { ProtectionAsked } from "./asked.ts";

/** Why a value that a label masks, or sets apart, would be open in a new column. */
export function labelObjections({ migration, protection }: ProtectionAsked): readonly string[] {
  const { tables } = protection;
  return migration.mappings.flatMap((mapping) => {
    const [from, to] = [homeOf(mapping, "old").table, homeOf(mapping, "new").table];
    const providers = new Map(
      mapping.old.flatMap((column) =>
        (tables[from]?.columns[column]?.labels ?? []).map(
          ({ provider, label }) => [provider, label] as const,
        ),
      ),
    );
    return [...providers].flatMap(([provider, label]) => {
      const bare = columnsOf(mapping, "new").filter((column) => {
        const known = tables[to]?.columns[column];
        return known === undefined
          ? !isLabelled(migration, to, column, provider)
          : known.labels.every((one) => one.provider !== provider);
      });
      const place = tables[to]?.columns[bare[0] ?? ""] === undefined ? "add to expand.sql" : "run";
      return bare.length === 0
        ? []
        : [
            `${provider} labels ${from}.${mapping.old.join(", ")} (${label}), and not ${bare.join(", ")} of ${to}, where the same values would stand without it: ${place} ${bare.map((column) => `SECURITY LABEL FOR ${name(provider)} ON COLUMN ${name(to)}.${name(column)} IS ${literal(label).text}`).join("; ")}`,
          ];
    });
  });
}

function isLabelled(migration: Migration, table: string, column: string, provider: string): boolean {
  return migration.expand.some((statement) => {
    const { tree } = statement;
    if (!("SecLabelStmt" in tree) || !isAttached(statement, migration)) return false;
    const { object, provider: own = provider } = tree.SecLabelStmt;
    const path = object === undefined ? [] : nameParts(object);
    return own === provider && path.at(-1) === column && path.at(-2) === table;
  });
}

/**
 * What does not follow an old column to the new ones, with the statement that would give it to
 * them. One sentence each.
 */
export function followerNotes(migration: Migration, protection: Protection, facts: Facts): readonly string[] {
  return migration.mappings.flatMap((mapping) => {
    const { table } = homeOf(mapping, "old");
    const known = protection.tables[table];
    return [
      ...mapping.old.flatMap((column) => [
        ...defaultNote(migration, mapping, column, facts),
        ...(known?.columns[column] === undefined
          ? []
          : ofColumn(migration, mapping, column, known.columns[column])),
      ]),
      ...(kindOf(mapping).mayBeAbsent(mapping, "new") && known?.replicaIdentity === "f"
        ? [
            `REPLICA IDENTITY FULL of ${table} does not follow: ALTER TABLE ${name(homeOf(mapping, "new").table)} REPLICA IDENTITY FULL`,
          ]
        : []),
    ];
  });
}

function defaultNote(
  migration: Migration,
  mapping: Mapping,
  column: string,
  facts: Facts,
): readonly string[] {
  const { table } = homeOf(mapping, "old");
  const to = homeOf(mapping, "new").table;
  const value = facts.tables[table]?.columns[column]?.default ?? null;
  const fresh = newColumns(migration, to).filter((one) => columnsOf(mapping, "new").includes(one.column));
  const isSetLater = migration.contract.some(
    ({ effect }) =>
      effect.kind === "alter-table" &&
      effect.table.name === to &&
      effect.actions.some((action) => action.kind === "other" && action.name === "AT_ColumnDefault"),
  );
  if (value === null || isSetLater || fresh.some(({ filling }) => filling !== "none")) return [];
  return [
    `The default of ${table}.${column} (${value}) does not follow: where the new version relies on one, write in contract.sql ALTER TABLE ${name(to)} ALTER COLUMN ${name(columnsOf(mapping, "new")[0] ?? "")} SET DEFAULT …`,
  ];
}

function ofColumn(
  migration: Migration,
  mapping: Mapping,
  column: string,
  { comment, settings, statistics }: ColumnProtection,
): readonly string[] {
  const { table } = homeOf(mapping, "old");
  const to = homeOf(mapping, "new").table;
  const [first = ""] = columnsOf(mapping, "new");
  const place = `${name(to)}.${name(first)}`;
  const alter = `ALTER TABLE ${name(to)} ALTER COLUMN ${name(first)}`;
  const isCommented = [...migration.expand, ...migration.contract].some(
    ({ tree }) =>
      "CommentStmt" in tree &&
      tree.CommentStmt.object !== undefined &&
      columnsOf(mapping, "new").includes(nameParts(tree.CommentStmt.object).at(-1) ?? ""),
  );
  return [
    ...(comment === null || isCommented
      ? []
      : [
          `The comment of ${table}.${column} does not follow: COMMENT ON COLUMN ${place} IS ${literal(comment).text}`,
        ]),
    ...settings.map((setting) => `A setting of ${table}.${column} does not follow: ${alter} ${setting}`),
    ...statistics.map(
      (definition) =>
        `Extended statistics of ${table} go with ${column} when contract drops that (${definition}): where ${columnsOf(mapping, "new").join(", ")} should have them too, CREATE STATISTICS in contract.sql`,
    ),
  ];
}
