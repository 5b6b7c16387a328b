import { listed, nameOf } from "../../../sql/parse-tree.ts";
import { indexRefusesOldWrites } from "../../old-writes.ts";
import { lock, onStatement, type Outcome, type Problem, type Rule } from "../../rule.ts";
import { inContract } from "../../safe-forms.ts";
import { name, withWord } from "../../sql-text.ts";

export const indexRules: readonly Rule[] = [
  onStatement("IndexStmt", "create-index", (index, place) => {
    const table = nameOf(index.relation);
    if (index.concurrent) return { locks: lock(table, "SHARE UPDATE EXCLUSIVE"), scans: [table] };
    const form = withWord(place.statement, "INDEX", "CONCURRENTLY");
    const problem: Problem = {
      consequence: "blocks-writes",
      table,
      why: "the whole table is read while nobody can write it",
      instead: indexRefusesOldWrites(index, place) ? inContract(form) : form,
    };
    return { locks: lock(table, "SHARE"), scans: [table], problem };
  }),
  onStatement("IndexStmt", "index-without-name", ({ idxname, relation }, { part, statement }) =>
    idxname !== undefined || part === "undo"
      ? null
      : {
          problem: {
            consequence: "escapes-the-release",
            table: null,
            why: "without a name the index cannot be found again, when a build was interrupted, or taken back",
            instead: withWord(
              statement,
              statement.sql.text.toUpperCase().includes("CONCURRENTLY") ? "CONCURRENTLY" : "INDEX",
              `${name(`${nameOf(relation)}_idx`)}`,
            ),
          },
        },
  ),
  onStatement("IndexStmt", "concurrently-in-undo", ({ concurrent }, { part, statement }) =>
    concurrent && part === "undo" ? inTransaction(statement.sql.text) : null,
  ),
  onStatement("DropStmt", "drop-index", (drop, { part, known, statement }) => {
    if (drop.removeType !== "OBJECT_INDEX") return null;
    const indexes = listed(drop.objects);
    const tables = indexes.flatMap((index) => known.indexes.get(index)?.table ?? []);
    if (drop.concurrent) {
      const locks = tables.map((table) => ({ table, mode: "SHARE UPDATE EXCLUSIVE" }) as const);
      return part === "undo" ? { locks, ...inTransaction(statement.sql.text) } : { locks };
    }
    const locks = tables.map((table) => ({ table, mode: "ACCESS EXCLUSIVE" }) as const);
    // In expand.sql it may not be dropped at all, and undo.sql is one transaction.
    if (part !== "contract") return { locks };
    return {
      locks,
      problem: {
        consequence: "blocks-reads-and-writes",
        table: tables[0] ?? null,
        why: "it waits for every query on the table, and everybody queues behind it, together with the rest of the transaction",
        instead: withWord(statement, "INDEX", "CONCURRENTLY"),
      },
    };
  }),
  onStatement("ReindexStmt", "reindex", ({ kind, relation, params }, { known }) => {
    const isConcurrent = JSON.stringify(params ?? []).includes('"concurrently"');
    const named = nameOf(relation);
    const table = kind === "REINDEX_OBJECT_INDEX" ? known.indexes.get(named)?.table : named;
    const locks =
      table === undefined || table === ""
        ? []
        : lock(table, isConcurrent ? "SHARE UPDATE EXCLUSIVE" : "SHARE");
    const scans = locks.map((one) => one.table);
    if (isConcurrent) {
      const why =
        "REINDEX CONCURRENTLY cannot run in a transaction, and it is upkeep rather than a change of the schema";
      return {
        locks,
        scans,
        problem: { consequence: "fails", table: null, why, instead: byHand("REINDEX (CONCURRENTLY)") },
      };
    }
    return {
      locks,
      scans,
      problem: {
        consequence: "blocks-writes",
        table: table ?? null,
        why: "the table cannot be written, nor read by this index, until it is built",
        instead: byHand(
          `REINDEX ${kind === "REINDEX_OBJECT_INDEX" ? "INDEX" : "TABLE"} CONCURRENTLY ${name(named)};`,
        ),
      },
    };
  }),
];

function byHand(statement: string): string {
  return `-- outside of a release\n${statement}`;
}

function inTransaction(text: string): Outcome {
  return {
    problem: {
      consequence: "fails",
      table: null,
      why: "undo.sql is one transaction, in which CONCURRENTLY cannot run",
      instead: `${text.replace(/\s+concurrently\b/i, "")};`,
    },
  };
}
