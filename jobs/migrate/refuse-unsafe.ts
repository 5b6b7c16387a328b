import type { Ledger } from "../../schema/facts.ts";
import { lint, refusals } from "../../schema/lint/lint.ts";
import { FILE_NAMES, type Migration } from "../../schema/migration.ts";
import type { Leg } from "../../schema/route.ts";
import { Refusal } from "./refusal.ts";

/** Nothing runs when lint refuses a statement of a migration that begins now; one that has begun was accepted as it is. */
export function refuseUnsafe(folder: readonly Migration[], legs: readonly Leg[], ledger: Ledger): void {
  const begins = legs.flatMap(({ move, migration }) => (move === "expand" ? [migration] : []));
  const isNew = (id: string): boolean => {
    const recorded = ledger.migrations[id];
    const given = folder.find((migration) => migration.id === id);
    return (
      recorded === undefined ||
      FILE_NAMES.some((file) => (recorded.files[file] ?? "") !== (given?.files[file] ?? ""))
    );
  };
  const found = refusals(lint(folder, { judged: (id) => begins.includes(id) && isNew(id) }));
  if (found.length === 0) return;
  throw new Refusal(
    `Cannot expand as ${found.length === 1 ? "one rule is" : `${found.length} rules are`} broken, and nothing was changed:\n${found.join("\n")}`,
  );
}
