import { contractGroups, dropsMapped } from "../migration/contract-groups.ts";
import { columnsOf, homeOf, tablesOfMapping, type Mapping } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import { kindOf } from "../mapping/kinds.ts";
import { archiveName, archiveTable } from "../sql/names.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";

/** Where a migration's files contradict each other about its mappings. */
export function mappingErrors(migration: Migration): readonly string[] {
  return [
    ...repeatedFunctions(migration),
    ...migration.mappings.flatMap((mapping) => mappingContradictions(mapping, migration)),
    ...sharedColumns(migration.mappings),
    ...scatteredDrops(migration),
    ...sharedArchives(migration),
  ];
}

/**
 * The triggers go with the first mapped column, so a later one would not be kept in step, and what
 * it demands would refuse the new version's writes.
 */
function scatteredDrops(migration: Migration): string[] {
  const groups = contractGroups(migration);
  const dropping = groups.filter((group) => group.some((statement) => dropsMapped(statement, migration)));
  const [first, second] = dropping;
  const between = first && groups[groups.indexOf(first) + 1];
  const barrier = between?.[0];
  return second === undefined || barrier === undefined
    ? []
    : [
        `contract.sql:${barrier.line}: all mapped columns must go in one transaction, and this statement ends it, as it must stand alone: put it before the first of them is dropped, or after the last`,
      ];
}

/**
 * Names of archives are made of a table's name and a word or number, so those of `order` and of a
 * table `order_2` may be one.
 */
function sharedArchives({ id, mappings }: Migration): string[] {
  const tables = [...new Set(mappings.flatMap(tablesOfMapping))];
  const names = [
    ...mappings.map(({ table }, index) => archiveTable(id, table, index + 1, "old")),
    ...tables.flatMap((table) => ["columns", "rows"].map((part) => archiveName("old", id, table, part))),
  ];
  return names
    .filter((name, index) => names.indexOf(name) < index)
    .map(
      (name) =>
        `migration.yaml: two archives would both be called ${name}: put the mappings in another order, or into migrations of their own`,
    );
}

function repeatedFunctions(migration: Migration): string[] {
  const names = migration.sync.map((statement) => functionOf(statement)?.name ?? "");
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  return twice.map((name) => `sync.sql: one function a name, without overloads: ${name}`);
}

function mappingContradictions(mapping: Mapping, migration: Migration): string[] {
  const errors: string[] = [];
  const place = `migration.yaml: mapping of ${mapping.table}`;
  const { table } = homeOf(mapping, "new");
  const kind = kindOf(mapping);
  const added = kind.added(mapping, migration).map((action) => action.column);
  errors.push(...kind.contradictions(mapping, migration));
  for (const column of mapping.new) {
    if (!added.includes(column.name))
      errors.push(
        `${place}: expand.sql does not add the new column ${column.name} to ${table}${elsewhere(column.name, mapping, migration)}`,
      );
  }
  const created = mapping.new.map((column) => column.name);
  errors.push(
    ...signatureErrors(place, migration, mapping.toNew, mapping.old.length, created),
    ...signatureErrors(place, migration, mapping.toOld, created.length, mapping.old),
  );
  const dropped = migration.contract.flatMap(({ effect }) =>
    effect.kind === "alter-table" && effect.table.name === mapping.table
      ? effect.actions.flatMap((action) => (action.kind === "drop-column" ? [action.column] : []))
      : [],
  );
  for (const column of mapping.old) {
    if (!dropped.includes(column))
      errors.push(`${place}: contract.sql does not drop the old column ${column} of ${mapping.table}`);
  }
  return errors;
}

function elsewhere(column: string, mapping: Mapping, migration: Migration): string {
  const other = migration.expand
    .flatMap(({ effect }) =>
      effect.kind === "create-table" && effect.columns.includes(column) ? [effect.table.name] : [],
    )
    .at(0);
  return other === undefined || !kindOf(mapping).isInOneRow
    ? ""
    : `: it is in ${other}; say so with newTable: { name: ${other}, key: … }`;
}

function signatureErrors(
  place: string,
  migration: Migration,
  name: string,
  inputs: number,
  outputs: readonly string[],
): string[] {
  const found = migration.sync.map(functionOf).find((one) => one?.name === name);
  if (!found) return [`${place}: sync.sql does not create the function ${name}`];
  const errors: string[] = [];
  if (found.inputs !== inputs)
    errors.push(
      `${place}: ${name} must take ${inputs} argument${inputs === 1 ? "" : "s"}: it takes ${found.inputs}`,
    );
  const scalar = found.outputs.length === 0 && outputs.length === 1;
  if (!scalar && found.outputs.join() !== outputs.join()) {
    errors.push(
      `${place}: ${name} must return ${outputs.join(", ")} in this order (as OUT parameters or RETURNS TABLE): it returns ${found.outputs.join(", ") || "one unnamed value"}`,
    );
  }
  return errors;
}

function functionOf(statement: ParsedStatement) {
  return statement.effect.kind === "create-function" ? statement.effect : undefined;
}

function sharedColumns(mappings: readonly Mapping[]): string[] {
  const seen = new Set<string>();
  return mappings.flatMap((mapping) =>
    (["old", "new"] as const).flatMap((side) =>
      columnsOf(mapping, side).flatMap((column) => {
        const name = `${homeOf(mapping, side).table}.${column}`;
        if (seen.has(name)) return [`migration.yaml: a column belongs to one mapping only: ${name}`];
        seen.add(name);
        return [];
      }),
    ),
  );
}
