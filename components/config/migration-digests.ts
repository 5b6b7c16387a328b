import { createHash } from "node:crypto";
import type { ReleaseTexts } from "../../protocol/state/marks.ts";
import { needsOlderSchema, pendingMigrations, type Release } from "../../release/release.ts";
import type { Migration } from "../../schema/migration/migration.ts";

/** The digests of the files as they are in the checkout now. */
export function textsOf(release: Release, migrations: readonly Migration[]): ReleaseTexts {
  // A migration is taken back by what the ledger recorded, not by files.
  const carried = needsOlderSchema(release) ? [] : pendingMigrations(release);
  const newest =
    [release.from.schema, release.to?.schema]
      .map((id) => id ?? "")
      .sort()
      .at(-1) ?? "";
  const known = migrations.filter(({ id }) => id <= newest);
  const isCarried = (id: string) => carried.includes(id);
  return {
    contracts: digestOf(known.filter(({ id }) => isCarried(id)).map(({ files }) => files["contract.sql"])),
    others: digestOf(
      known.map(({ id, files }) => ({ id, ...files, ...(isCarried(id) ? { "contract.sql": "" } : {}) })),
    ),
  };
}

/** True where nothing but contract.sql of the release's own migrations was edited. */
export const isContractEdited = (before: ReleaseTexts | undefined, now: ReleaseTexts): boolean =>
  before !== undefined && before.others === now.others && before.contracts !== now.contracts;

function digestOf(content: unknown): string {
  const text = JSON.stringify(content).replaceAll("\\r\\n", "\\n");
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
