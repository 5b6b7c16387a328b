import type { AlterTableCmd, ColumnDef, Constraint, TypeName } from "libpg-query";
import { columnsIn, constantIn, constraintsOf, listed, typeName, typeText } from "./parse-tree.ts";
import type { Sql } from "./sql.ts";
import { isStable } from "./stable-expression.ts";
import { uncutType, type StoredType } from "./stored-type.ts";

/** One action of an ALTER TABLE. */
export type Action =
  | AddedColumn
  | {
      readonly kind: "add-constraint";
      readonly constraint: string | null;
      /** As in `check`, `foreign`, `unique`. */
      readonly type: string;
      readonly notValid: boolean;
      readonly columns: readonly string[];
    }
  | { readonly kind: "validate-constraint"; readonly constraint: string }
  | { readonly kind: "drop-column"; readonly column: string; readonly cascade: boolean }
  | { readonly kind: "drop-constraint"; readonly constraint: string; readonly cascade: boolean }
  | { readonly kind: "other"; readonly name: string; readonly column: string | null };

/** ADD COLUMN. */
export interface AddedColumn extends StoredType {
  readonly kind: "add-column";
  readonly column: string;
  /** Last part of the type's name: `text`, `varchar`, `int8`; of an array, of its elements. */
  readonly typeName: string;
  /** Whether equal values of it are the same to the last byte. */
  readonly exact: boolean;
  readonly notNull: boolean;
  /**
   * How new rows get a value: none, a constant, one value a statement, something evaluated for each
   * row, or by the database itself.
   */
  readonly filling: "none" | "constant" | "stable" | "expression" | "generated";
  /** The constant; null when there is none. */
  readonly constant: Sql | null;
  /** Whether a constraint other than NOT NULL stands at the column. */
  readonly constrained: boolean;
}

/**
 * Types whose equal values are the same to the last byte; 1.0 = 1.00 and 1 day = 24 hours are not.
 */
export const EXACT_TYPES: readonly string[] = [
  ...["text", "varchar", "bool", "int2", "int4", "int8", "oid", "uuid", "bytea"],
  ...["date", "time", "timestamp", "timestamptz"],
];

export function describeAction(command: AlterTableCmd): Action {
  const definition = command.def;
  const name = command.name ?? "";
  const cascade = command.behavior === "DROP_CASCADE";
  switch (command.subtype) {
    case "AT_AddColumn":
      if (definition !== undefined && "ColumnDef" in definition) return describeColumn(definition.ColumnDef);
      break;
    case "AT_AddConstraint":
      if (definition !== undefined && "Constraint" in definition) {
        return describeConstraint(definition.Constraint);
      }
      break;
    case "AT_ValidateConstraint":
      return { kind: "validate-constraint", constraint: name };
    case "AT_DropColumn":
      return { kind: "drop-column", column: name, cascade };
    case "AT_DropConstraint":
      return { kind: "drop-constraint", constraint: name, cascade };
    case undefined:
    default:
  }
  return { kind: "other", name: command.subtype ?? "", column: command.name ?? null };
}

const CHECKED = ["CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_FOREIGN", "CONSTR_EXCLUSION"];

/** A column as ADD COLUMN or CREATE TABLE defines it. */
export function describeColumn(column: ColumnDef): AddedColumn {
  const constraints = constraintsOf(column);
  const types = new Set<string>(constraints.map((constraint) => constraint.contype ?? ""));
  const name = typeName(column.typeName);
  const isArray = (column.typeName?.arrayBounds ?? []).length > 0;
  return {
    kind: "add-column",
    column: column.colname ?? "",
    ...storedTypeOf(column.typeName),
    typeName: name,
    exact: EXACT_TYPES.includes(name) && !isArray && column.collClause === undefined,
    notNull: types.has("CONSTR_NOTNULL") || types.has("CONSTR_PRIMARY"),
    ...describeFilling(constraints, types, name),
    constrained: CHECKED.some((type) => types.has(type)),
  };
}

/** A type as its statement wrote it. */
export function storedTypeOf(type: TypeName | undefined): StoredType {
  const isLimited = (type?.typmods ?? []).length > 0;
  const isArray = (type?.arrayBounds ?? []).length > 0;
  return { type: typeText(type), uncut: isLimited ? uncutType(typeName(type), isArray) : null };
}

/**
 * Whether new rows get a value of the column's own, other than NULL, where an insert names none.
 */
export const isFilled = ({ filling, constant }: Pick<AddedColumn, "filling" | "constant">): boolean =>
  filling !== "none" && constant?.text !== "NULL";

function describeFilling(
  constraints: readonly Constraint[],
  types: ReadonlySet<string>,
  name: string,
): Pick<AddedColumn, "filling" | "constant"> {
  const isSerial = /^(small|big)?serial[248]?$/.test(name);
  if (isSerial || types.has("CONSTR_GENERATED") || types.has("CONSTR_IDENTITY")) {
    return { filling: "generated", constant: null };
  }
  const expression = constraints.find((constraint) => constraint.contype === "CONSTR_DEFAULT")?.raw_expr;
  if (expression === undefined) return { filling: "none", constant: null };
  const constant = constantIn(expression);
  if (constant !== null) return { filling: "constant", constant };
  return { filling: isStable(expression) ? "stable" : "expression", constant };
}

function describeConstraint(constraint: Constraint): Action {
  return {
    kind: "add-constraint",
    constraint: constraint.conname ?? null,
    type: (constraint.contype ?? "").replace(/^CONSTR_/, "").toLowerCase(),
    notValid: constraint.skip_validation ?? false,
    columns: [
      ...columnsIn([constraint.raw_expr, constraint.exclusions]),
      ...listed(constraint.keys),
      ...listed(constraint.fk_attrs),
    ],
  };
}
