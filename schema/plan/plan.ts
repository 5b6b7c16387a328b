import { giveUpContract } from "./contract-preparations.ts";
import { contractStatements } from "./contract.ts";
import { expandStatements } from "./expand.ts";
import type { Facts, Ledger } from "../state/catalog.ts";
import { fillStatements, verifyStatements } from "./backfill.ts";
import { withoutLateRequirements } from "../checks/late-requirements.ts";
import type { Migration } from "../migration/migration.ts";
import type { Sql } from "../sql/sql.ts";
import type { Statement } from "./change.ts";
import type { ActiveMapping } from "../sync/sync-trigger.ts";
import { undoStatements } from "./undo.ts";
import type { Writers } from "../sync/writers.ts";

/** What can be done with one migration. */
export type Move = "expand" | "fill" | "verify" | "contract" | "give-up" | "undo";

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

/** The whole way of a move, in order. What is done already is skipped by each statement's `done`. */
export function statements(
  move: Move,
  migration: Migration,
  surroundings: Surroundings,
): readonly Statement[] {
  switch (move) {
    case "expand":
      return expandStatements(migration, surroundings);
    case "fill":
      return fillStatements(migration, surroundings);
    case "verify":
      return [...withoutLateRequirements(migration, surroundings), ...verifyStatements(migration)];
    case "contract":
      return contractStatements(migration, surroundings);
    case "give-up":
      return giveUpContract(migration, surroundings);
    case "undo":
      return undoStatements(migration, surroundings);
  }
}
