import type { Facts } from "../state/catalog.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import { sql, verbatim, type Sql } from "../sql/sql.ts";
import type { Change } from "./change.ts";

/** How a statement of contract is tried in a transaction that is rolled back. */
export interface Trial {
  /** What is run instead, or the statement itself; null: nothing can be. */
  readonly text: Sql | null;
  /** Where it comes from; null: a statement of our own. */
  readonly origin: ParsedStatement | null;
  readonly label: string;
  /**
   * Why PostgreSQL would refuse it, where only the statement itself would show that; null: nothing
   * is known.
   */
  readonly refused: string | null;
  /** What later statements may miss, as this one is not really done. */
  readonly leavesOut: "nothing" | "rows" | "objects";
}

/**
 * How the statements of a change are tried. Statements that run code of others or write rows are
 * only planned, as not all that they do can be rolled back.
 */
export function trials(change: Change, tables: Facts["tables"]): readonly Trial[] {
  return change.sql.map((text) => {
    const origin = change.origins.get(text) ?? null;
    const plain: Trial = { text, origin, label: change.label, refused: null, leavesOut: "nothing" };
    if (origin === null) return plain;
    const { effect, tree } = origin;
    if (change.outside) {
      const table = effect.kind === "create-index" ? tables[effect.table.name] : undefined;
      // An earlier attempt has built it, or left it invalid.
      if (effect.kind === "create-index" && effect.index !== null && table?.indexes[effect.index])
        return { ...plain, text: null };
      const isPartitioned = effect.kind === "create-index" && table?.kind === "p";
      const text = inTransaction(origin);
      return {
        ...plain,
        text,
        leavesOut: text === null ? "objects" : "nothing",
        refused: isPartitioned
          ? `cannot create index on partitioned table "${effect.table.name}" concurrently`
          : null,
      };
    }
    const kind = Object.keys(tree)[0] ?? "";
    if (PLANNED.includes(kind)) return { ...plain, text: sql`EXPLAIN ${text}`, leavesOut: "rows" };
    if (kind === "CreateTableAsStmt") return { ...plain, text: sql`EXPLAIN ${text}`, leavesOut: "objects" };
    if (OPAQUE.includes(kind)) return { ...plain, text: null, leavesOut: "objects" };
    return plain;
  });
}

/** Kinds of statement that EXPLAIN reads and does not run. */
const PLANNED = ["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"];

/** Kinds of which nobody knows what they do, or what they leave to the session. */
const OPAQUE = [
  ...["DoStmt", "CallStmt", "CopyStmt", "TruncateStmt", "RefreshMatViewStmt", "ExecuteStmt", "PrepareStmt"],
  ...[
    "DeallocateStmt",
    "VariableSetStmt",
    "DiscardStmt",
    "LoadStmt",
    "ListenStmt",
    "NotifyStmt",
    "CheckPointStmt",
  ],
  ...["VacuumStmt", "ClusterStmt", "ReindexStmt", "AlterSystemStmt", "TransactionStmt"],
];

/** The same without CONCURRENTLY; null where that is not found. */
function inTransaction({ sql: { text } }: ParsedStatement): Sql | null {
  const plain = text.replace(/^(CREATE\s+(?:UNIQUE\s+)?INDEX|DROP\s+INDEX)\s+CONCURRENTLY\b/i, "$1");
  return plain === text ? null : verbatim(plain);
}
