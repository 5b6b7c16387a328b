import type { Mapping } from "../migration/manifest.ts";
import type { MappingKind } from "../sync/mapping-kind.ts";
import { oneTable } from "./one-table.ts";
import { twoTables } from "./two-tables.ts";

/** All kinds, in the order in which their triggers are made. */
export const KINDS: readonly MappingKind[] = [oneTable, twoTables];

/** The one place that asks what kind a mapping is. */
export function kindOf({ other }: Mapping): MappingKind {
  return other === undefined ? oneTable : twoTables;
}
