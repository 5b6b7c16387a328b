import {
  blocksNobody,
  contractGroups,
  endOfSync,
  groupStep,
  isReversible,
  runBeforeEdits,
  standsAlone,
} from "../migration/contract-groups.ts";
import { builtIndex, preparations } from "./contract-preparations.ts";
import { describeStatement } from "../sql/describe-statement.ts";
import { presence } from "./expand.ts";
import type { Migration } from "../migration/migration.ts";
import { restoredBy, syncSchema } from "../sql/names.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import { identifier, list, sql, type Sql } from "../sql/sql.ts";
import { change, type Change, type Statement } from "./change.ts";
import type { Surroundings } from "./surroundings.ts";
import { removeSync } from "./remove-sync.ts";

/**
 * Archives and drops what only the old version used. The old side goes together with the trigger,
 * so that at no statement a write of either version fails. The first statements that change
 * anything for good mark the migration as contracting, in one transaction with them: whatever
 * PostgreSQL refuses takes the mark back.
 */
export function contractStatements(migration: Migration, surroundings: Surroundings): readonly Statement[] {
  return [
    ...preparations(migration, surroundings),
    ...dropStatements(migration, surroundings),
    restoredBy(migration.id) === null ? finished(migration) : restored(migration),
  ];
}

/** What contract.sql says, in groups of statements that are done whole or not at all. */
export function dropStatements(migration: Migration, surroundings: Surroundings): readonly Change[] {
  const groups = contractGroups(migration, runOf(migration, surroundings));
  const marking = groups.find((group) => !group.every(isReversible));
  return groups.map((group) => {
    const made = drop(migration, group, surroundings);
    return group === marking ? { ...made, state: "contracting" } : made;
  });
}

function runOf({ id }: Migration, { ledger }: Surroundings): readonly number[] {
  return runBeforeEdits(ledger.migrations[id]?.steps ?? []);
}

function finished(migration: Migration): Change {
  return change({
    migration: migration.id,
    name: "finished",
    label: `${migration.id} is finished`,
    done: { is: "state", migration: migration.id, in: ["finished"] },
    state: "finished",
  });
}

/** A way back that has ended leaves neither itself nor its migration, as before that one began. */
function restored(migration: Migration): Change {
  return change({
    migration: migration.id,
    name: "restored",
    label: `${restoredBy(migration.id) ?? migration.id} is taken back`,
    done: { is: "state", migration: migration.id, in: ["absent"] },
    state: "restored",
  });
}

function drop(migration: Migration, group: readonly ParsedStatement[], surroundings: Surroundings): Change {
  const { schema } = surroundings;
  const [first] = group;
  const name = groupStep(group, migration);
  const outside = first !== undefined && first.effect.kind !== "alter-table" && standsAlone(first);
  const endsSync = first !== undefined && endOfSync(migration, runOf(migration, surroundings)) === first;
  const builds = outside && first.effect.kind === "create-index" ? first.effect.index : null;
  const own = group.map((statement) => ({
    statement,
    text: outside ? repeatable(statement) : statement.sql,
  }));
  return change({
    migration: migration.id,
    name,
    label: group.map(describeStatement).join("; "),
    sql: [
      ...(endsSync ? removeSync(migration, surroundings) : []),
      ...own.map(({ text }) => text),
      ...(endsSync ? [sql`DROP SCHEMA IF EXISTS ${identifier(syncSchema(migration.id))}`] : []),
    ],
    origins: new Map(own.map(({ statement, text }) => [text, statement])),
    lock: group.every(blocksNobody) ? "patient" : "brief",
    outside,
    // An index built outside of a transaction may be there before the ledger knows.
    done: {
      is: "any",
      of: [
        { is: "recorded", migration: migration.id, step: name },
        ...(first === undefined || builds === null ? [] : presence(first)),
      ],
    },
    searchPath: [schema],
    leftover: builds,
    foretold: builds === null ? null : builtIndex(builds),
  });
}

/** An index dropped outside of a transaction may be gone before the ledger knows. */
function repeatable({ effect, sql: text }: ParsedStatement): Sql {
  if (effect.kind !== "drop" || effect.type !== "OBJECT_INDEX") return text;
  const names = effect.names.map((name) => identifier(...(name.split(".") as [string, ...string[]])));
  return sql`DROP INDEX CONCURRENTLY IF EXISTS ${list(names)}`;
}
