import type { Facts, Ledger } from "../state/catalog.ts";
import type { Sql } from "../sql/sql.ts";
import type { ActiveMapping } from "../sync/mapping-kind.ts";
import type { Writers } from "../sync/writers.ts";

/** What the statements of a move depend on besides the migration. */
export interface Surroundings {
  /** The application's schema. */
  readonly schema: string;
  readonly ledger: Ledger;
  /** Tables of this migration and of the others, as the catalog shows them now. */
  readonly tables: Facts["tables"];
  /** Mappings of the other migrations that are expanded and not contracted, in order. */
  readonly others: readonly ActiveMapping[];
  readonly writers: Writers;
  /** What gives new columns the privileges that old ones of the same table have on their own. */
  readonly grants?: readonly Sql[];
}
