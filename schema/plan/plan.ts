import { giveUpContract } from "./contract-preparations.ts";
import { contractStatements } from "./contract.ts";
import { expandStatements } from "./expand.ts";
import { fillStatements, verifyStatements } from "./backfill.ts";
import { withoutLateRequirements } from "./late-requirements.ts";
import type { Migration } from "../migration/migration.ts";
import type { Statement } from "./change.ts";
import type { Move } from "../migration/move.ts";
import type { Surroundings } from "./surroundings.ts";
import { undoStatements } from "./undo.ts";

/**
 * The whole way of a move, in order. What is done already is skipped by each statement's `done`.
 */
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
