import type { ColumnDef, Constraint, Node, TypeName } from "libpg-query";
import {
  columnsIn,
  constantIn,
  constraintsOf,
  listed,
  nameOf,
  nameParts,
  parentsOf,
  partitionKey,
  plainColumns,
  tablesIn,
  typeName,
} from "../sql/parse-tree.ts";
import { describeColumn, isFilled } from "../sql/alter-table-action.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import { conjuncts, provenBy } from "./conjuncts.ts";
import { droppedFunctions, signatureOf } from "./signature.ts";

/** The files of a migration that hold SQL. */
export type Part = "expand" | "sync" | "contract" | "undo";

/** Where something was made. */
export interface Origin {
  readonly migration: string;
  readonly part: Part;
}

export interface KnownType {
  /** Last part of its name, as in `int4`. */
  readonly name: string;
  readonly modifiers: readonly number[];
  readonly isArray: boolean;
}

export interface KnownColumn {
  readonly type: KnownType;
  readonly notNull: boolean;
  /** Whether it has a value of its own, other than NULL, where an insert names none. */
  readonly hasDefault: boolean;
  readonly origin: Origin;
}

export interface KnownConstraint {
  /** As in `CONSTR_CHECK`. */
  readonly type: string;
  readonly columns: readonly string[];
  readonly valid: boolean;
  /** The columns of which it says that they are not NULL. */
  readonly proves: readonly string[];
  readonly references: string | null;
}

export interface KnownTable {
  readonly origin: Origin;
  readonly columns: Map<string, KnownColumn>;
  readonly constraints: Map<string, KnownConstraint>;
  readonly parent: string | null;
  /** Whether it takes what no other partition takes. */
  readonly isDefaultPartition: boolean;
  /**
   * What its rows are parted by, the columns of expressions included; null: nothing, or not known.
   */
  readonly partitionKey: readonly string[] | null;
}

export interface KnownIndex {
  readonly table: string;
  readonly columns: readonly string[];
  /** Whether no two rows may be equal in these columns, whatever else is in them. */
  readonly unique: boolean;
}

const REFUSING: ReadonlySet<string> = new Set(["CONSTR_CHECK", "CONSTR_NOTNULL"]);

/**
 * What the statements so far have made, as far as their text tells; of an adopted database that is
 * not everything.
 */
export class KnownSchema {
  readonly tables = new Map<string, KnownTable>();
  readonly indexes = new Map<string, KnownIndex>();
  /** Table and function of each trigger, under `table.trigger`. */
  readonly triggers = new Map<string, { readonly table: string; readonly function: string }>();

  /** Where each function comes from, under its name with the types of its arguments. */
  readonly functions = new Map<string, Origin>();

  /**
   * Of each domain what it is made over, and whether it, or a domain below it, refuses any value.
   */
  readonly domains = new Map<string, { readonly base: TypeName | undefined; readonly refuses: boolean }>();

  /** The tables and views that each materialized view reads. */
  readonly views = new Map<string, readonly string[]>();

  /**
   * Whether nobody can use the table yet. What expand.sql makes is used when contract.sql runs, and
   * by nobody when undo.sql does.
   */
  isFresh(table: string, { migration, part }: Origin): boolean {
    const origin = this.tables.get(table)?.origin;
    return origin?.migration === migration && (origin.part === part || part === "undo");
  }

  /**
   * Whether a column is known to hold no NULL, so that SET NOT NULL reads nothing and
   * refuses nothing.
   */
  isProven(table: string, column: string): boolean {
    const known = this.tables.get(table);
    return (
      (known?.columns.get(column)?.notNull ?? false) ||
      [...(known?.constraints.values() ?? [])].some(({ proves, valid }) => valid && proves.includes(column))
    );
  }

  /** The table that a foreign key points to; null: it is none, or not known. */
  referencedBy(table: string, constraint: string): string | null {
    return this.tables.get(table)?.constraints.get(constraint)?.references ?? null;
  }

  /** What the statement has changed, once it has run. */
  learn({ tree }: ParsedStatement, origin: Origin): void {
    if ("CreateStmt" in tree) {
      const statement = tree.CreateStmt;
      const table = nameOf(statement.relation);
      this.tables.set(table, {
        origin,
        columns: new Map(),
        constraints: new Map(),
        parent: parentsOf(statement.inhRelations)[0] ?? null,
        isDefaultPartition: statement.partbound?.is_default ?? false,
        partitionKey: statement.partspec === undefined ? null : partitionKey(statement.partspec),
      });
      for (const element of [...(statement.tableElts ?? []), ...(statement.constraints ?? [])]) {
        if ("ColumnDef" in element) this.#addColumn(table, element.ColumnDef, origin);
        if ("Constraint" in element) this.#addConstraint(table, element.Constraint);
      }
    } else if ("AlterTableStmt" in tree) {
      this.#alter(tree, origin);
    } else if ("IndexStmt" in tree) {
      const { idxname, relation, indexParams, unique = false, whereClause } = tree.IndexStmt;
      if (idxname !== undefined) {
        const columns = (indexParams ?? []).flatMap((node) => columnsIn([node]));
        const isOfColumns = plainColumns(tree.IndexStmt).length === indexParams?.length;
        const isUnique = unique && isOfColumns && whereClause === undefined;
        this.indexes.set(idxname, { table: nameOf(relation), columns, unique: isUnique });
      }
    } else if ("CreateTrigStmt" in tree) {
      const { relation, trigname, funcname } = tree.CreateTrigStmt;
      const table = nameOf(relation);
      const called = listed(funcname).at(-1) ?? "";
      this.triggers.set(`${table}.${trigname ?? ""}`, { table, function: called });
    } else if ("CreateFunctionStmt" in tree) {
      const signature = signatureOf(tree.CreateFunctionStmt);
      this.functions.set(signature, this.functions.get(signature) ?? origin);
    } else if ("CreateDomainStmt" in tree) {
      const { domainname, typeName: base } = tree.CreateDomainStmt;
      const refuses =
        constraintsOf(tree.CreateDomainStmt).some(({ contype }) => REFUSING.has(contype ?? "")) ||
        (this.domains.get(typeName(base))?.refuses ?? false);
      this.domains.set(listed(domainname).at(-1) ?? "", { base, refuses });
    } else if ("AlterDomainStmt" in tree) {
      const { typeName: path, subtype } = tree.AlterDomainStmt;
      const name = listed(path).at(-1) ?? "";
      // C adds a constraint, O makes it NOT NULL.
      if (subtype === "C" || subtype === "O")
        this.domains.set(name, { base: this.domains.get(name)?.base, refuses: true });
    } else if ("CreateTableAsStmt" in tree && tree.CreateTableAsStmt.objtype === "OBJECT_MATVIEW") {
      this.views.set(nameOf(tree.CreateTableAsStmt.into?.rel), tablesIn(tree.CreateTableAsStmt.query));
    } else if ("DropStmt" in tree) {
      const dropped = droppedFunctions(tree.DropStmt, [...this.functions.keys()]);
      for (const signature of dropped) this.functions.delete(signature);
      for (const object of tree.DropStmt.objects ?? []) {
        const path = nameParts(object);
        const name = path.at(-1) ?? "";
        if (tree.DropStmt.removeType === "OBJECT_TABLE") this.#forget(name);
        if (tree.DropStmt.removeType === "OBJECT_INDEX") this.indexes.delete(name);
        if (tree.DropStmt.removeType === "OBJECT_TRIGGER") this.triggers.delete(path.slice(-2).join("."));
      }
    } else if ("RenameStmt" in tree) {
      this.#rename(tree);
    }
  }

  #alter(tree: Extract<Node, { AlterTableStmt: unknown }>, origin: Origin): void {
    const name = nameOf(tree.AlterTableStmt.relation);
    for (const node of tree.AlterTableStmt.cmds ?? []) {
      if (!("AlterTableCmd" in node)) continue;
      const { subtype, name: part = "", def } = node.AlterTableCmd;
      const table = this.tables.get(name);
      const column = table?.columns.get(part);
      if (subtype === "AT_AddColumn" && def !== undefined && "ColumnDef" in def) {
        this.#addColumn(name, def.ColumnDef, origin);
      } else if (subtype === "AT_AddConstraint" && def !== undefined && "Constraint" in def) {
        this.#addConstraint(name, def.Constraint);
      } else if (subtype === "AT_AlterColumnType" && def !== undefined && "ColumnDef" in def && column) {
        table?.columns.set(part, { ...column, type: knownType(def.ColumnDef.typeName) });
      } else if ((subtype === "AT_SetNotNull" || subtype === "AT_DropNotNull") && column) {
        table?.columns.set(part, { ...column, notNull: subtype === "AT_SetNotNull" });
        if (subtype === "AT_DropNotNull") forgetNotNull(table, part);
      } else if (subtype === "AT_ColumnDefault" && column) {
        const hasDefault = def !== undefined && constantIn(def)?.text !== "NULL";
        table?.columns.set(part, { ...column, hasDefault });
      } else if (subtype === "AT_DropColumn") {
        table?.columns.delete(part);
      } else if (subtype === "AT_DropConstraint") {
        table?.constraints.delete(part);
        this.indexes.delete(part);
      } else if (subtype === "AT_ValidateConstraint") {
        const constraint = table?.constraints.get(part);
        if (constraint) table?.constraints.set(part, { ...constraint, valid: true });
      } else if (subtype === "AT_AttachPartition" && def !== undefined && "PartitionCmd" in def) {
        const child = nameOf(def.PartitionCmd.name);
        const attached = this.tables.get(child);
        const isDefaultPartition = def.PartitionCmd.bound?.is_default ?? false;
        if (attached) this.tables.set(child, { ...attached, parent: name, isDefaultPartition });
      } else if (subtype === "AT_DetachPartition" && def !== undefined && "PartitionCmd" in def) {
        const child = nameOf(def.PartitionCmd.name);
        const attached = this.tables.get(child);
        if (attached) this.tables.set(child, { ...attached, parent: null, isDefaultPartition: false });
      }
    }
  }

  #addColumn(name: string, column: ColumnDef, origin: Origin): void {
    const constraints = constraintsOf(column);
    const table = this.#tableOrPartOfOne(name, origin);
    table.columns.set(column.colname ?? "", {
      type: knownType(column.typeName),
      notNull: constraints.some(
        ({ contype }) => contype === "CONSTR_NOTNULL" || contype === "CONSTR_PRIMARY",
      ),
      hasDefault: isFilled(describeColumn(column)),
      origin,
    });
    for (const constraint of constraints) this.#addConstraint(name, constraint, column.colname ?? "");
  }

  /** A table that the files only alter is known in part; it is nobody's to call fresh. */
  #tableOrPartOfOne(name: string, origin: Origin): KnownTable {
    const known = this.tables.get(name);
    if (known) return known;
    const table: KnownTable = {
      origin: { ...origin, migration: "" },
      columns: new Map(),
      constraints: new Map(),
      parent: null,
      isDefaultPartition: false,
      partitionKey: null,
    };
    this.tables.set(name, table);
    return table;
  }

  #addConstraint(table: string, constraint: Constraint, column?: string): void {
    const { contype = "", conname, indexname } = constraint;
    const named = [...listed(constraint.keys), ...listed(constraint.fk_attrs)];
    const indexed = indexname === undefined ? [] : (this.indexes.get(indexname)?.columns ?? []);
    const columns = [
      ...new Set([
        ...columnsIn(constraint.raw_expr),
        ...named,
        ...indexed,
        ...(column === undefined ? [] : [column]),
      ]),
    ];
    const isKey = contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY";
    const suffixes: Record<string, string> = {
      CONSTR_CHECK: columns.length === 1 ? `${columns.join("_")}_check` : "check",
      CONSTR_FOREIGN: `${columns.join("_")}_fkey`,
      CONSTR_UNIQUE: `${columns.join("_")}_key`,
      CONSTR_PRIMARY: "pkey",
      CONSTR_NOTNULL: `${columns.join("_")}_not_null`,
    };
    const constraints = this.tables.get(table)?.constraints;
    const name = conname ?? freeName(`${table}_${suffixes[contype] ?? columns.join("_")}`, constraints);
    constraints?.set(name, {
      type: contype,
      columns,
      valid: !(constraint.skip_validation ?? false),
      proves:
        contype === "CONSTR_NOTNULL"
          ? columns.slice(0, 1)
          : conjuncts(constraint.raw_expr).flatMap((part) => provenBy(part) ?? []),
      references: constraint.pktable === undefined ? null : nameOf(constraint.pktable),
    });
    if (isKey) this.indexes.set(name, { table, columns, unique: true });
    if (contype === "CONSTR_PRIMARY") {
      const known = this.tables.get(table)?.columns;
      for (const key of columns) {
        const found = known?.get(key);
        if (found) known?.set(key, { ...found, notNull: true });
      }
    }
  }

  #forget(table: string): void {
    this.tables.delete(table);
    for (const [name, index] of this.indexes) if (index.table === table) this.indexes.delete(name);
    for (const [name, trigger] of this.triggers) if (trigger.table === table) this.triggers.delete(name);
  }

  #rename(tree: Extract<Node, { RenameStmt: unknown }>): void {
    const { renameType, relation, subname = "", newname = "" } = tree.RenameStmt;
    const old = nameOf(relation);
    const table = this.tables.get(old);
    if (renameType === "OBJECT_TABLE" && table) {
      this.tables.delete(old);
      this.tables.set(newname, table);
      for (const [name, index] of this.indexes) {
        if (index.table === old) this.indexes.set(name, { ...index, table: newname });
      }
    }
    const column = table?.columns.get(subname);
    if (renameType === "OBJECT_COLUMN" && table && column) {
      table.columns.delete(subname);
      table.columns.set(newname, column);
    }
  }
}

/** The name that PostgreSQL finds for what has none. */
function freeName(wanted: string, taken: ReadonlyMap<string, unknown> | undefined): string {
  let name = wanted;
  for (let number = 1; taken?.has(name); number++) name = `${wanted}${number}`;
  return name;
}

/** A NOT NULL is a constraint of its own, which goes by the column's name here. */
function forgetNotNull(table: KnownTable | undefined, column: string): void {
  for (const [name, { type, proves }] of table?.constraints ?? []) {
    if (type === "CONSTR_NOTNULL" && proves.includes(column)) table?.constraints.delete(name);
  }
}

export function knownType(type: TypeName | undefined): KnownType {
  return {
    name: typeName(type),
    modifiers: (type?.typmods ?? []).flatMap((node) => {
      const value = constantIn(node);
      return value === null ? [] : [Number(value.text)];
    }),
    isArray: (type?.arrayBounds ?? []).length > 0,
  };
}
