import type { CreateFunctionStmt } from "libpg-query";
import type { NamedType } from "../migration/added-objects.ts";
import type { Mapping, Side } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import type { AddedColumn } from "../sql/alter-table-action.ts";
import type { KeyColumn, KeyRange, Query } from "../sql/key-ranges.ts";
import type { Sql } from "../sql/sql.ts";
import type { Facts } from "../state/catalog.ts";
import type { Writers } from "./writers.ts";

/** A mapping with what its SQL needs to know besides. */
export interface ActiveMapping {
  readonly migration: string;
  /** Its place in migration.yaml, from 1. */
  readonly place: number;
  readonly mapping: Mapping;
  readonly kind: MappingKind;
  /** How expand.sql adds each new column, in their order. */
  readonly created: readonly AddedColumn[];
  /**
   * What each of them makes of a value, in types that are there before expand.sql has run; by
   * default their own.
   */
  readonly held?: readonly NamedType[];
  /** What creates toNew. */
  readonly makes?: CreateFunctionStmt | undefined;
}

/**
 * What is particular to a kind of mapping. Each kind is a file in schema/mapping/, with the same
 * members in the same order; `kinds.ts` there tells which one a mapping is.
 */
export interface MappingKind {
  /**
   * Whether both sides are columns of one row, so that one trigger sees both, and what a role may
   * do with the table it may do with both.
   */
  readonly isInOneRow: boolean;
  /** Whether a row of the mapping's own table may have none on that side. */
  readonly mayBeAbsent: (mapping: Mapping, side: Side) => boolean;

  // What its files say.
  /** How expand.sql brings columns to the table of the new side. */
  readonly added: (mapping: Mapping, migration: Migration) => readonly AddedColumn[];
  /** Where the migration's files contradict what such a mapping needs. */
  readonly contradictions: (mapping: Mapping, migration: Migration) => readonly string[];
  /** What people should know who run it. */
  readonly fileNotes: (mapping: Mapping) => readonly string[];
  /** What migration.yaml of its way back says besides table, key and columns. */
  readonly wayBack: (mapping: Mapping) => object;

  // Rows, of the mapping's own table as `t` and of the other one, where there is one, as `o`.
  readonly alias: (mapping: Mapping, side: Side) => "t" | "o";
  /** Rows of the own table, and beside each that of the other one if `sides` live there. */
  readonly rows: (place: Place, mapping: Mapping, sides: Side | "both", range: KeyRange) => Sql;
  /** The same to be read by people. */
  readonly shownRows: (schema: string, mapping: Mapping) => Sql;
  /** Whether a row has none on the side that may be absent. */
  readonly isAbsent: (mapping: Mapping) => Sql;
  /** Writes the new side of a range. */
  readonly fill: (filling: Filling) => Sql;
  /** Locks a range until both sides are read and written; null where the write itself does. */
  readonly hold: (place: Place, mapping: Mapping, range: KeyRange) => Query | null;

  // Triggers.
  /**
   * What keeps both sides of mappings of this kind in step. `others` are those of other migrations,
   * of any kind.
   */
  readonly keepInStep: (
    own: readonly ActiveMapping[],
    others: readonly ActiveMapping[],
    around: Around,
  ) => readonly InStep[];
  /** Takes mappings of this kind out of it. */
  readonly letGo: (own: readonly ActiveMapping[], others: readonly ActiveMapping[], around: Around) => LetGo;
  /** Functions without arguments, in the ledger's schema, that it relies on. */
  readonly functions: (mapping: Mapping) => readonly string[];
  /** How rows come about of which both sides differ, in words. */
  readonly writtenPast: (mapping: Mapping) => string;

  // Archives.
  /** Where an archive's columns come from, when it is made without rows. */
  readonly archivedFrom: (schema: string, mapping: Mapping) => Sql;
  /** A column of the own table's key as an archive takes it from there. */
  readonly archivedKey: (column: string) => Sql;
  /** Another column; `asText` where its type may go. */
  readonly archived: (mapping: Mapping, side: Side, column: string, asText: boolean) => Sql;
  /** Under which name an archive keeps it. */
  readonly keptName: (mapping: Mapping, side: Side, column: string) => string;
  /** Columns that an archive of the new side keeps besides: NULL where there was no row. */
  readonly presence: (mapping: Mapping) => readonly string[];

  // Checks.
  /**
   * Columns, as `table.column`, whose defaults make an insert of one version look like one of the
   * other: where no login tells who wrote, its values cannot.
   */
  readonly ambiguous: (active: ActiveMapping, columnOf: ColumnLookup) => readonly string[];
  /** What speaks against it in the catalog. */
  readonly objections: (mapping: Mapping, tables: Facts["tables"]) => readonly string[];
}

/** A column as far as is known; undefined where it is not. */
export type ColumnLookup = (table: string, column: string) => LeftColumn | undefined;

/** What is in a column that an insert does not name. */
export interface LeftColumn {
  /** It cannot be NULL. */
  readonly notNull: boolean;
  /** It has a value of its own, other than NULL. */
  readonly hasDefault: boolean;
}

/** Where rows of a mapping's own table are. */
export interface Place {
  readonly schema: string;
  readonly key: readonly KeyColumn[];
}

/** What the new side of a range is filled with. */
export interface Filling {
  readonly place: Place;
  readonly mapping: Mapping;
  readonly range: KeyRange;
  /** The new columns. */
  readonly created: readonly string[];
  /**
   * Their values for a row, and where a row may be absent also whether there is one, as a
   * column `isThere`.
   */
  readonly source: Sql;
  readonly isThere: string;
  /** Which rows of the range are filled. */
  readonly chosen: Sql;
}

/** What triggers are made for. */
export interface Around {
  readonly schema: string;
  readonly tables: Facts["tables"];
  readonly writers: Writers;
}

/** Functions that keep both sides in step, and the triggers that call them. */
export interface InStep {
  /** What is kept in step, for people. */
  readonly what: string;
  readonly functions: {
    /** The name of the step in the ledger. */
    readonly step: string;
    readonly sql: readonly Sql[];
    readonly made: readonly { readonly name: string; readonly body: Sql }[];
  };
  readonly triggers: {
    readonly step: string;
    readonly sql: readonly Sql[];
    readonly made: readonly { readonly table: string; readonly trigger: string }[];
  };
}

/** What takes mappings out of the triggers. */
export interface LetGo {
  readonly sql: readonly Sql[];
  /** Tables whose triggers stay, as other mappings need them. */
  readonly kept: readonly string[];
}
