import type { Ledger } from "../../../schema/state/catalog.ts";
import type { Consequence } from "../../../schema/lint/finding.ts";
import { lint, refusals, type Report } from "../../../schema/lint/lint.ts";
import type { Migration } from "../../../schema/migration/migration.ts";
import { FILE_NAMES } from "../../../schema/migration/migration-files.ts";
import type { Leg } from "../../../schema/state/migration-path.ts";
import { isInstalling } from "../ledger/open-ledger.ts";
import { Refusal } from "../refusal.ts";

/**
 * Nothing runs if lint refuses a statement of a migration that begins now; one that has begun was
 * accepted. On an empty database no version runs and there are no rows: statements that would block
 * or break either are accepted there, as old migrations may contain what today's rules forbid.
 */
export function refuseUnsafe(
  folder: readonly Migration[],
  legs: readonly Leg[],
  ledger: Ledger,
  sharesLogin: boolean,
): void {
  const begins = legs.flatMap(({ move, migration }) => (move === "expand" ? [migration] : []));
  const isNew = (id: string): boolean => {
    const recorded = ledger.migrations[id];
    const given = folder.find((migration) => migration.id === id);
    return (
      recorded === undefined ||
      FILE_NAMES.some((file) => (recorded.files[file] ?? "") !== (given?.files[file] ?? ""))
    );
  };
  const reports = lint(folder, { judged: (id) => begins.includes(id) && isNew(id), sharesLogin });
  const found = refusals(isInstalling(ledger) ? reports.map(withoutUsers) : reports);
  if (found.length === 0) return;
  throw new Refusal(
    `Cannot expand as ${found.length === 1 ? "one rule is" : `${found.length} rules are`} broken, and nothing was changed:\n${found.join("\n")}`,
  );
}

const NEEDS_USERS: readonly Consequence[] = [
  "blocks-reads-and-writes",
  "blocks-writes",
  "breaks-the-running-version",
];

const withoutUsers = (report: Report): Report => ({
  ...report,
  findings: report.findings.filter(({ consequence }) => !NEEDS_USERS.includes(consequence)),
});
