import { addedColumns } from "../migration/added-objects.ts";
import { isFilled } from "../sql/alter-table-action.ts";
import { homeOf, type Mapping } from "../migration/manifest.ts";
import { inRange } from "../sql/key-ranges.ts";
import { SYNC_TRIGGER, SYNC_TRIGGERS, syncFunction } from "../sql/names.ts";
import { identifier, sql } from "../sql/sql.ts";
import { catchingForms } from "../sync/conversion-errors.ts";
import type { ActiveMapping, MappingKind } from "../sync/mapping-kind.ts";
import { syncBody } from "../sync/sync-body.ts";
import { createSyncFunction, createSyncTriggers, dropSyncTriggers } from "../sync/sync-trigger.ts";
import { names } from "../rows/mapped-rows.ts";

/**
 * Both sides are columns of one table: a row has both, and its trigger makes one of the other
 * before it is written.
 */
export const oneTable: MappingKind = {
  isInOneRow: true,
  mayBeAbsent: () => false,

  added: (mapping, migration) => addedColumns(migration, homeOf(mapping, "new").table),
  contradictions: () => [],
  fileNotes: () => [],
  wayBack: () => ({}),

  alias: () => "t",
  rows: ({ schema }, mapping) => own(schema, mapping),
  shownRows: own,
  isAbsent: () => sql`false`,
  fill: ({ place, mapping, range, created, source, chosen }) => {
    const { condition } = inRange("t", place.key, range);
    return sql`UPDATE ${own(place.schema, mapping)} SET (${names(created)}) = (${source}) WHERE ${condition} AND ${chosen}`;
  },
  hold: () => null,

  // Mappings of one table share its triggers.
  keepInStep: (active, others, { schema, tables, writers }) =>
    tablesOf(active).map((table) => {
      const mappings = within(table, [...others, ...active]);
      const body = syncBody(mappings, tables, writers);
      return {
        what: `both forms of ${table}`,
        functions: {
          step: `sync-function:${table}`,
          sql: [...catchingForms(schema, mappings, tables), createSyncFunction(table, body)],
          made: [{ name: syncFunction(table), body }],
        },
        triggers: {
          step: `sync-trigger:${table}`,
          sql: createSyncTriggers(schema, table, mappings, tables),
          made: SYNC_TRIGGERS.map((trigger) => ({ table, trigger })),
        },
      };
    }),
  letGo: (active, others, { schema, tables, writers }) => ({
    sql: tablesOf(active).flatMap((table) => {
      const rest = within(table, others);
      return rest.length > 0
        ? [
            ...catchingForms(schema, rest, tables),
            createSyncFunction(table, syncBody(rest, tables, writers)),
            ...createSyncTriggers(schema, table, rest, tables),
          ]
        : dropSyncTriggers(schema, table);
    }),
    kept: tablesOf(active).filter((table) => others.some(({ mapping }) => mapping.table === table)),
  }),
  functions: ({ table }) => [syncFunction(table)],
  writtenPast: () => `past the trigger ${SYNC_TRIGGER}, or changed it`,

  archivedFrom: (schema, { table }) => identifier(schema, table),
  archivedKey: (column) => identifier(column),
  archived: (_, __, column, asText) => {
    const field = identifier(column);
    return asText ? sql`${field}::text AS ${field}` : field;
  },
  keptName: (_, __, column) => column,
  presence: () => [],

  ambiguous: ({ mapping, created }, columnOf) => {
    const { table } = mapping;
    const old = mapping.old.map((column) => ({ column, ...columnOf(table, column) }));
    // The new version always gives the one, and always leaves the other empty.
    const isTold =
      mapping.new.some(({ required }) => required) ||
      old.some(({ notNull = false, hasDefault = false }) => notNull && !hasDefault);
    if (isTold) return [];
    const filled = [...created.filter(isFilled), ...old.filter(({ hasDefault = false }) => hasDefault)];
    return filled.map(({ column }) => `${table}.${column}`);
  },
  objections: () => [],
};

function own(schema: string, { table }: Mapping) {
  return sql`${identifier(schema, table)} AS t`;
}

function tablesOf(active: readonly ActiveMapping[]): readonly string[] {
  return [...new Set(active.map(({ mapping }) => mapping.table))];
}

function within(table: string, active: readonly ActiveMapping[]): readonly ActiveMapping[] {
  return active.filter(({ kind, mapping }) => kind === oneTable && mapping.table === table);
}
