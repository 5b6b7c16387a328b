import { addedColumns, createdTables } from "../migration/added-objects.ts";
import { name } from "../lint/sql-text.ts";
import { columnsOf, homeOf } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import { LEDGER_SCHEMA } from "../sql/names.ts";
import type { Protection } from "./protection.ts";
import { droppedColumns } from "../restore/part.ts";
import type { ProtectionAsked } from "./asked.ts";

const PREPARED = "`replication: prepared` in migration.yaml";

/**
 * Why logical replication would stop, or fail later, unless migration.yaml says that it
 * is prepared.
 */
export function replicationObjections({ migration, protection }: ProtectionAsked): readonly string[] {
  if (migration.replication === "prepared") return [];
  const slots = asking(protection);
  const sent = slots.length === 0 ? [] : additionsSent(migration, protection);
  const written = droppedFromTargets(migration, protection);
  return [
    ...sent.map(
      ({ publication, what, of }) =>
        `publication ${publication} would send ${what}, and a subscriber that does not have that stops at the first row (${slots.length === 1 ? "slot" : "slots"} ${slots.join(", ")}). Add it at every subscriber first, nullable or with a default${of === "all" ? `; FOR ALL TABLES also sends what this Job keeps in schema ${LEDGER_SCHEMA}, so publish FOR TABLES IN SCHEMA instead` : ""}. Then write ${PREPARED}`,
    ),
    ...written.map(
      ({ table, columns, subscriptions }) =>
        `subscription ${subscriptions} writes into ${table}, of which contract.sql drops ${columns}: it stops there unless the publisher has stopped to send that by then. Prepare that, then write ${PREPARED}`,
    ),
  ];
}

/**
 * What people should know of publications and subscriptions that a release touches and
 * does not stop.
 */
export function replicationNotes(migration: Migration, protection: Protection): readonly string[] {
  const slots = asking(protection);
  const isPrepared = migration.replication === "prepared";
  const sent = isPrepared || slots.length === 0 ? additionsSent(migration, protection) : [];
  return [
    ...sent.map(
      ({ publication, what }) =>
        `Publication ${publication} sends ${what} from now on: a subscriber needs that too, before it subscribes`,
    ),
    ...lists(migration, protection),
    ...membersLeft(migration, protection),
  ];
}

interface Addition {
  readonly publication: string;
  readonly of: "table" | "schema" | "all";
  /** For people: `new_name of item`. */
  readonly what: string;
}

/** Names of slots that ask publications what to send. */
function asking({ slots }: Protection): readonly string[] {
  return slots.filter(({ plugin }) => plugin === "pgoutput").map((slot) => slot.name);
}

/** New columns and tables that publications send without being asked. */
function additionsSent(migration: Migration, { tables, publicationsOfAll }: Protection): readonly Addition[] {
  const fresh = createdTables(migration);
  const columns = Object.entries(tables).flatMap(([table, { publications }]) => {
    const added = fresh.includes(table) ? [] : addedColumns(migration, table).map((one) => one.column);
    return added.length === 0
      ? []
      : publications
          .filter(({ listsColumns }) => !listsColumns)
          .map((one): Addition => ({
            publication: one.name,
            of: one.of,
            what: `${added.join(", ")} of ${table}`,
          }));
  });
  const created =
    fresh.length === 0
      ? []
      : publicationsOfAll.map((one): Addition => ({
          publication: one.name,
          of: one.of,
          what: `table ${fresh.join(", ")}`,
        }));
  return [...columns, ...created];
}

/**
 * Tables into which subscriptions write, and of which contract drops columns that a publisher may
 * still send.
 */
function droppedFromTargets(migration: Migration, { tables }: Protection) {
  return Object.entries(tables).flatMap(([table, { subscriptions }]) => {
    const columns = droppedColumns(migration, table);
    return subscriptions.length === 0 || columns.length === 0
      ? []
      : [{ table, columns: columns.join(", "), subscriptions: subscriptions.join(", ") }];
  });
}

/** What a list or a filter of a publication says of mapped columns, and who has to change it. */
function lists(migration: Migration, { tables }: Protection): readonly string[] {
  return migration.mappings.flatMap((mapping) => {
    const { table } = homeOf(mapping, "old");
    const isOwn = homeOf(mapping, "new").table === table;
    const fresh = columnsOf(mapping, "new").join(", ");
    return (tables[table]?.publications ?? []).flatMap((publication) => {
      const old = publication.columns.filter((column) => mapping.old.includes(column));
      const change = `ALTER PUBLICATION ${name(publication.name)} SET TABLE …`;
      if (old.length > 0)
        return [
          `Publication ${publication.name} names ${old.join(", ")} of ${table} in its list or filter, so contract can drop ${old.length === 1 ? "it" : "them"} only when that is changed: ${change}, with ${fresh} instead, before contract`,
        ];
      return publication.listsColumns && isOwn
        ? [
            `Publication ${publication.name} sends only listed columns of ${table}, and ${fresh} not: ${change}`,
          ]
        : [];
    });
  });
}

/** A table that takes columns over is no member of the publications that send them now. */
function membersLeft(migration: Migration, { tables, publicationsOfAll }: Protection): readonly string[] {
  return migration.mappings.flatMap((mapping) => {
    const [from, to] = [homeOf(mapping, "old").table, homeOf(mapping, "new").table];
    if (from === to) return [];
    const known = [...(tables[to]?.publications ?? []), ...publicationsOfAll].map((one) => one.name);
    return (tables[from]?.publications ?? [])
      .filter((publication) => !known.includes(publication.name))
      .map(
        (publication) =>
          `Publication ${publication.name} sends ${mapping.old.join(", ")} of ${from}, and nothing of ${to}: ALTER PUBLICATION ${name(publication.name)} ADD TABLE ${name(to)}, and REFRESH PUBLICATION at its subscribers`,
      );
  });
}

/** What ends at subscribers when contract drops columns. */
export function dropNotes(migration: Migration, protection: Protection): readonly string[] {
  return Object.entries(protection.tables).flatMap(([table, { publications }]) => {
    const gone = droppedColumns(migration, table);
    return gone.length === 0 || publications.length === 0
      ? []
      : [
          `Contract ends what ${publications.map((one) => one.name).join(", ")} sends of ${gone.join(", ")} of ${table}: let ${gone.length === 1 ? "it" : "them"} be NULL at every subscriber before`,
        ];
  });
}
