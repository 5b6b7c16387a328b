import { constraintsOf, listed, nameOf, nameParts, parentsOf } from "../../../sql/parse-tree.ts";
import type { KnownSchema } from "../../known-schema.ts";
import type { Lock } from "../../lock-mode.ts";
import { lock, onCommand, onStatement, type Outcome, type Rule } from "../../rule.ts";
import { madeName, name, whole } from "../../sql-text.ts";

const AX = "ACCESS EXCLUSIVE";

/** What a comment names behind its table. */
const ON_TABLES: ReadonlySet<string> = new Set(["OBJECT_COLUMN", "OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER"]);

export const tableRules: readonly Rule[] = [
  onStatement("CreateStmt", "create-table", (table) => {
    const constraints = [...(table.tableElts ?? []), ...(table.constraints ?? [])].flatMap((element) =>
      "ColumnDef" in element
        ? constraintsOf(element.ColumnDef)
        : "Constraint" in element
          ? [element.Constraint]
          : [],
    );
    const targets = constraints.flatMap(({ pktable }) => (pktable === undefined ? [] : [nameOf(pktable)]));
    const parents = table.partbound === undefined ? parentsOf(table.inhRelations) : [];
    return {
      locks: [
        ...targets
          .filter((target) => target !== nameOf(table.relation))
          .map((target): Lock => ({ table: target, mode: "SHARE ROW EXCLUSIVE" })),
        ...parents.map((parent): Lock => ({ table: parent, mode: "SHARE UPDATE EXCLUSIVE" })),
      ],
    };
  }),
  onCommand(["AT_SetLogged", "AT_SetUnLogged"], "change-logging", ({ table, command }) => {
    const isLogged = command.subtype === "AT_SetLogged";
    return {
      scans: [table],
      rewrites: [table],
      problem: {
        consequence: "blocks-reads-and-writes",
        table,
        why: `the table is written anew${isLogged ? "" : ", and is empty after a crash"}`,
        instead: isLogged
          ? `-- a new table, filled by the new version\nCREATE TABLE ${madeName(table, "logged")} (LIKE ${name(table)} INCLUDING ALL);`
          : null,
      },
    };
  }),
  onCommand(["AT_SetAccessMethod", "AT_SetTableSpace"], "move-table", ({ table }) => ({
    scans: [table],
    rewrites: [table],
    problem: {
      consequence: "blocks-reads-and-writes",
      table,
      why: "the table is copied as a whole",
      instead: "-- outside of a release\n-- pg_repack moves it while it is in use",
    },
  })),
  onStatement("ClusterStmt", "cluster", ({ relation }) =>
    heavy(nameOf(relation), "CLUSTER", "pg_repack sorts it while it is in use"),
  ),
  onStatement("VacuumStmt", "vacuum", ({ options, rels, is_vacuumcmd }) => {
    if (!is_vacuumcmd) return null;
    const tables = (rels ?? []).flatMap((node) =>
      "VacuumRelation" in node ? [nameOf(node.VacuumRelation.relation)] : [],
    );
    const isFull = JSON.stringify(options ?? []).includes('"full"');
    return {
      locks: tables.map((table): Lock => ({ table, mode: isFull ? AX : "SHARE UPDATE EXCLUSIVE" })),
      ...(isFull ? { scans: tables, rewrites: tables } : {}),
      problem: {
        consequence: "fails",
        table: null,
        why: `VACUUM cannot run in a transaction${isFull ? ", and FULL writes the table anew under ACCESS EXCLUSIVE" : ""}`,
        instead: `-- outside of a release\n${isFull ? "-- pg_repack does the same while the table is in use" : "-- autovacuum, or VACUUM by hand"}`,
      },
    };
  }),
  onStatement("TruncateStmt", "truncate", ({ relations, behavior }, { known }) => {
    const named = parentsOf(relations);
    const also = behavior === "DROP_CASCADE" ? referencing(known, named) : [];
    const tables = [...named, ...also];
    return {
      locks: tables.map((table): Lock => ({ table, mode: AX })),
      rewrites: tables,
      problem: {
        consequence: "destroys-data",
        table: named[0] ?? null,
        why: `every row of ${tables.join(", ")} is gone${also.length > 0 ? ", by CASCADE also of tables that are not named" : ""}, and nothing archives them`,
        instead: `-- contract.sql archives a table that it drops\nDROP TABLE ${named.map(name).join(", ")};`,
      },
    };
  }),
  onStatement("DropStmt", "drop-early", ({ removeType = "", objects }, { part, statement }) => {
    if (part !== "expand") return null;
    const what = removeType
      .replace(/^OBJECT_/, "")
      .replaceAll("_", " ")
      .toLowerCase();
    const gone = removeType === "OBJECT_TABLE" || removeType === "OBJECT_MATVIEW";
    return {
      problem: {
        consequence: gone || removeType === "OBJECT_SCHEMA" ? "destroys-data" : "breaks-the-running-version",
        table: removeType === "OBJECT_TABLE" ? (listed(objects)[0] ?? null) : null,
        why: `no ${what} may be dropped before contract, as the old version uses it`,
        instead: `-- contract.sql\n${whole(statement)}`,
      },
    };
  }),
  onStatement("DropStmt", "drop-cascade", ({ behavior }, { part, statement }) =>
    behavior !== "DROP_CASCADE" || part !== "contract"
      ? null
      : {
          problem: {
            consequence: "destroys-data",
            table: null,
            why: "CASCADE drops what this file does not name",
            instead: `${statement.sql.text.replace(/\s+cascade\b/i, "")};\n-- and a DROP for each thing that depends on it`,
          },
        },
  ),
  onStatement("DropStmt", "drop-table", ({ removeType, objects }, { known }) => {
    if (removeType !== "OBJECT_TABLE") return null;
    const tables = listed(objects);
    const joined = tables.flatMap((table) => [
      ...[...(known.tables.get(table)?.constraints.values() ?? [])].flatMap(
        ({ references }) => references ?? [],
      ),
      ...[known.tables.get(table)?.parent ?? []].flat(),
    ]);
    return { locks: [...new Set([...tables, ...joined])].map((table): Lock => ({ table, mode: AX })) };
  }),
  onStatement("DropStmt", "drop-without-if-exists", ({ missing_ok }, { part, statement }) =>
    missing_ok || part !== "undo"
      ? null
      : {
          problem: {
            consequence: "escapes-the-release",
            table: null,
            why: "write DROP … IF EXISTS: the expansion that is taken back may have ended anywhere",
            instead: `${statement.sql.text.replace(/^(drop\s+\w+)/i, "$1 IF EXISTS")};`,
          },
        },
  ),
  onStatement("CommentStmt", "comment", ({ objtype, object }) => {
    const path = object === undefined ? [] : nameParts(object);
    const table =
      objtype === "OBJECT_TABLE" ? path.at(-1) : ON_TABLES.has(objtype ?? "") ? path.at(-2) : undefined;
    return table === undefined ? null : { locks: lock(table, "SHARE UPDATE EXCLUSIVE") };
  }),
  onStatement("CreateStatsStmt", "create-statistics", ({ relations }) => ({
    locks: parentsOf(relations).map((table): Lock => ({ table, mode: "SHARE UPDATE EXCLUSIVE" })),
  })),
  onStatement("DropdbStmt", "drop-database", () => ({
    problem: {
      consequence: "destroys-data",
      table: null,
      why: "everything is gone, and it cannot run in a transaction",
      instead: null,
    },
  })),
  onStatement("DropOwnedStmt", "drop-owned", () => ({
    problem: {
      consequence: "destroys-data",
      table: null,
      why: "it drops what this file does not name",
      instead: null,
    },
  })),
  onStatement("LockStmt", "lock-table", ({ relations, mode }) => {
    const modes = [
      "ACCESS SHARE",
      "ROW SHARE",
      "ROW EXCLUSIVE",
      "SHARE UPDATE EXCLUSIVE",
      "SHARE",
      "SHARE ROW EXCLUSIVE",
      "EXCLUSIVE",
      AX,
    ] as const;
    const tables = parentsOf(relations);
    return {
      locks: tables.map((table): Lock => ({ table, mode: modes[(mode ?? 8) - 1] ?? AX })),
      problem: {
        consequence: "blocks-reads-and-writes",
        table: tables[0] ?? null,
        why: "the lock is held to the end of the transaction, and every statement takes what it needs by itself",
        instead: "-- leave it out",
      },
    };
  }),
];

function heavy(table: string, what: string, otherwise: string): Outcome {
  return {
    locks: table === "" ? [] : lock(table, AX),
    scans: table === "" ? [] : [table],
    rewrites: table === "" ? [] : [table],
    problem: {
      consequence: "blocks-reads-and-writes",
      table: table === "" ? null : table,
      why: `${what} writes the table anew under ACCESS EXCLUSIVE`,
      instead: `-- outside of a release\n-- ${otherwise}`,
    },
  };
}

function referencing(known: KnownSchema, targets: readonly string[]): readonly string[] {
  return [...known.tables].flatMap(([table, { constraints }]) =>
    !targets.includes(table) &&
    [...constraints.values()].some(({ references }) => references !== null && targets.includes(references))
      ? [table]
      : [],
  );
}
