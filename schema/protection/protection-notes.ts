import { columnGrantNotes } from "./column-grants.ts";
import { followerNotes } from "./column-followers.ts";
import type { Facts } from "../state/catalog.ts";
import { lossNotes } from "./lost-with-columns.ts";
import type { Migration } from "../migration/migration.ts";
import type { Protection } from "./protection.ts";
import { dropNotes, replicationNotes } from "./replication.ts";

/**
 * What people should know, before a migration is expanded or contracted, of what protects or
 * follows its columns. One sentence each.
 */
export function protectionNotes(
  migration: Migration,
  facts: Facts,
  protection: Protection,
  before: "expand" | "contract",
): readonly string[] {
  const atBoth = [...dropNotes(migration, protection), ...lossNotes(migration, facts.tables)];
  if (before === "contract") return atBoth;
  return [
    ...replicationNotes(migration, protection),
    ...columnGrantNotes(migration, protection),
    ...followerNotes(migration, protection, facts),
    ...atBoth,
  ];
}
