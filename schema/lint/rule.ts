import type { AlterTableCmd, AlterTableType, ColumnDef, Constraint, Node } from "libpg-query";
import { nameOf } from "../sql/parse-tree.ts";
import type { Migration } from "../migration/migration.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import type { Consequence } from "./finding.ts";
import type { KnownSchema, Origin, Part } from "./known-schema.ts";
import type { Lock, LockMode } from "./lock-mode.ts";

/** Where a statement stands, and what is known when it is its turn. */
export interface Place {
  readonly part: Part;
  readonly migration: Migration;
  readonly statement: ParsedStatement;
  /** What the statements before it made. */
  readonly known: KnownSchema;
  /** The server's major version; null: any from 14 on. */
  readonly major: number | null;
}

/** What a rule says of a statement, or of a part of one. */
export interface Outcome {
  readonly locks?: readonly Lock[];
  /** Tables that it reads whole while it holds its locks. */
  readonly scans?: readonly string[];
  /** Tables and views that it writes anew. */
  readonly rewrites?: readonly string[];
  readonly problem?: Problem | null;
}

export interface Problem {
  readonly consequence: Consequence;
  /**
   * The table that it happens to; on one that nobody uses yet it does not matter. Null:
   * it matters anywhere.
   */
  readonly table: string | null;
  readonly why: string;
  readonly instead: string | null;
}

/** One thing to know about a form of statement. */
export interface Rule {
  /** Unique; what an allowance names. */
  readonly id: string;
  readonly examine: (place: Place) => readonly Outcome[];
}

export type StatementKind = Node extends infer N ? (N extends unknown ? keyof N : never) : never;
type StatementOf<K extends StatementKind> =
  Extract<Node, Record<K, unknown>> extends infer N ? (K extends keyof N ? N[K] : never) : never;
type Examined = Outcome | null;

/** A rule about statements of one kind, under the parse tree's name for it. */
export function onStatement<K extends StatementKind>(
  kind: K,
  id: string,
  examine: (statement: StatementOf<K>, place: Place) => Examined,
): Rule {
  return {
    id,
    examine: (place) => {
      const { tree } = place.statement;
      return kind in tree ? given(examine((tree as Record<K, StatementOf<K>>)[kind], place)) : [];
    },
  };
}

/** A rule about statements of one kind that write rows, wherever in a statement they stand. */
export function onWrite<K extends "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt">(
  kind: K,
  id: string,
  examine: (statement: StatementOf<K>, place: Place) => Examined,
): Rule {
  return {
    id,
    examine: (place) =>
      nodesOf<StatementOf<K>>(kind, place.statement.tree).flatMap((found) => given(examine(found, place))),
  };
}

/**
 * What runs with a statement, as WITH says it or EXPLAIN ANALYZE tries it; the body of a function
 * or a rule runs later.
 */
function nodesOf<T>(kind: string, tree: unknown): readonly T[] {
  if (typeof tree !== "object" || tree === null) return [];
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]): readonly T[] => {
    if (key === "CreateFunctionStmt" || key === "RuleStmt") return [];
    if (key === "ExplainStmt" && !JSON.stringify(value).includes('"analyze"')) return [];
    return [...(key === kind ? [value as T] : []), ...nodesOf<T>(kind, value)];
  });
}

/** One action of an ALTER TABLE. */
export interface Command {
  readonly table: string;
  readonly command: AlterTableCmd;
  /** All actions of the statement. */
  readonly siblings: readonly AlterTableCmd[];
}

/** A rule about actions of ALTER TABLE; none named: about all. */
export function onCommand(
  subtypes: readonly AlterTableType[],
  id: string,
  examine: (command: Command, place: Place) => Examined,
): Rule {
  return {
    id,
    examine: (place) => {
      const { tree } = place.statement;
      if (!("AlterTableStmt" in tree) || !isTable(tree.AlterTableStmt.objtype)) return [];
      const table = nameOf(tree.AlterTableStmt.relation);
      const siblings = (tree.AlterTableStmt.cmds ?? []).flatMap((node) =>
        "AlterTableCmd" in node ? [node.AlterTableCmd] : [],
      );
      return siblings
        .filter(
          ({ subtype }) => subtypes.length === 0 || (subtype !== undefined && subtypes.includes(subtype)),
        )
        .flatMap((command) => given(examine({ table, command, siblings }, place)));
    },
  };
}

/** A rule about columns that ALTER TABLE adds. */
export function onAddedColumn(
  id: string,
  examine: (column: ColumnDef, command: Command, place: Place) => Examined,
): Rule {
  return onCommand(["AT_AddColumn"], id, (command, place) => {
    const { def } = command.command;
    return def !== undefined && "ColumnDef" in def ? examine(def.ColumnDef, command, place) : null;
  });
}

/** A rule about constraints that ALTER TABLE adds, of the given types. */
export function onAddedConstraint(
  types: readonly string[],
  id: string,
  examine: (constraint: Constraint, command: Command, place: Place) => Examined,
): Rule {
  return onCommand(["AT_AddConstraint"], id, (command, place) => {
    const { def } = command.command;
    return def !== undefined && "Constraint" in def && types.includes(def.Constraint.contype ?? "")
      ? examine(def.Constraint, command, place)
      : null;
  });
}

/** A lock on one table, as an outcome's list. */
export function lock(table: string, mode: LockMode): readonly Lock[] {
  return [{ table, mode }];
}

/** Where what a statement makes comes from. */
export function originOf({ migration, part }: Place): Origin {
  return { migration: migration.id, part };
}

function given(outcome: Examined): readonly Outcome[] {
  return outcome === null ? [] : [outcome];
}

/** Old forms such as ALTER TABLE of a view are what they are called. */
function isTable(objtype: string | undefined): boolean {
  return objtype === "OBJECT_TABLE" || objtype === "OBJECT_MATVIEW";
}
