import { catchingFunction, FAILED, isCaught } from "./conversion-errors.ts";
import { compare, isSame, POSTGRES } from "../sql/compare.ts";
import type { Facts } from "../state/catalog.ts";
import { knownDefault } from "../expressions/known-default.ts";
import { columnsOf, homeOf, type OtherTable, type Side } from "../migration/manifest.ts";
import { syncSchema } from "../sql/names.ts";
import { every, identifier, list, sql, verbatim, type Sql } from "../sql/sql.ts";
import type { ActiveMapping } from "./mapping-kind.ts";
import { NO_WRITERS, writtenBy, type Writers } from "./writers.ts";

/** What the SQL of a move is made of. */
export interface Move {
  readonly active: ActiveMapping;
  readonly other: OtherTable;
  /** The application's schema. */
  readonly schema: string;
  readonly tables: Facts["tables"];
  readonly writers: Writers;
  /** The side in the mapping's own table. */
  readonly ownSide: Side;
}

/** A column of one side. */
export interface Field {
  readonly name: string;
  /** Null where nobody knows it, as in a preview. */
  readonly type: Sql | null;
  /**
   * As what its values are compared: its type, but without a length, as a cast to one would cut
   * what is too long and a write refuses.
   */
  readonly compared: Sql | null;
}

/**
 * Whether a row of one of the tables has the key that a row in a variable has; both tables' keys
 * are compared as the own one's is.
 */
export function isAtKey(
  { active, tables }: Move,
  alias: string,
  columns: readonly string[],
  row: Sql,
  given: readonly string[],
): Sql {
  const { table, key } = active.mapping;
  return every(
    columns.map((column, index) =>
      compare(
        identifier(alias, column),
        "=",
        sql`${row}.${identifier(given[index] ?? "")}`,
        tables[table]?.columns[key[index] ?? ""]?.comparison ?? POSTGRES,
      ),
    ),
  );
}

export function assigned(columns: readonly Field[]): Sql {
  return list(columns.map(({ name }) => sql`${identifier(name)} = made_side.${identifier(name)}`));
}

/** Puts what one side becomes into `made_side`. */
export function making(move: Move, from: Side, source: string): Sql {
  const targets = fieldsOf(move, opposite(from));
  const inputs = fieldsOf(move, from).map(({ name }) => identifier(source, name));
  const made = [fields("made", targets), ...(mayFail(move, from) ? [identifier("made", FAILED)] : [])];
  return sql`SELECT ${list(made)} INTO made_side FROM ${called(move, from, inputs)};`;
}

/** Whether what is made of a side may be nothing, as the value cannot be carried over. */
export function mayFail({ active, tables }: Move, from: Side): boolean {
  return from === "old" && isCaught(active, tables);
}

/** Whether one side, made of the other one, is what it is. */
export function agrees(move: Move, from: Side, source: string, found: string): Sql {
  const targets = fieldsOf(move, opposite(from));
  const inputs = fieldsOf(move, from).map(({ name }) => identifier(source, name));
  const made = values("made", targets);
  return sql`coalesce((SELECT ${imageOf(made)} OPERATOR(pg_catalog.*=) ${imageOf(values(found, targets))} FROM ${called(move, from, inputs)}), false)`;
}

export function same(one: string, another: string, columns: readonly Field[]): Sql {
  return sql`${imageOf(values(one, columns))} OPERATOR(pg_catalog.*=) ${imageOf(values(another, columns))}`;
}

/** Compared to the last byte, which asks no operator of the columns' types. */
function imageOf(parts: readonly Sql[]): Sql {
  return sql`ROW(${list(parts)})::record`;
}

function values(source: string, columns: readonly Field[]): readonly Sql[] {
  return columns.map(({ name, compared }) => cast(identifier(source, name), compared));
}

export function cast(value: Sql, type: Sql | null): Sql {
  return type === null ? value : sql`CAST(${value} AS ${type})`;
}

/** The function that takes a side to the opposite one, in FROM. */
export function called(move: Move, from: Side, inputs: readonly Sql[]): Sql {
  const { mapping, migration } = move.active;
  const isCatching = mayFail(move, from);
  const name = from === "new" ? mapping.toOld : isCatching ? catchingFunction(move.active) : mapping.toNew;
  const outputs = [...columnsOf(mapping, opposite(from)), ...(isCatching ? [FAILED] : [])];
  return sql`${identifier(syncSchema(migration), name)}(${list(inputs)}) AS made (${list(outputs.map((column) => identifier(column)))})`;
}

export function fields(source: string, columns: readonly Field[]): Sql {
  return list(columns.map(({ name }) => identifier(source, name)));
}

export function fieldsOf({ active, tables }: Move, side: Side): readonly Field[] {
  if (side === "new") {
    return active.created.map(({ column, type, typeName }) => ({
      name: column,
      type,
      compared: unlimited(type, typeName),
    }));
  }
  const known = tables[homeOf(active.mapping, "old").table]?.columns ?? {};
  return active.mapping.old.map((name) => {
    const found = known[name]?.type;
    if (found === undefined) return { name, type: null, compared: null };
    const type = verbatim(found);
    return { name, type, compared: unlimited(type, /^\w+/.exec(found)?.[0] ?? "") };
  });
}

/**
 * Of varchar(40), char(3), bit(8) and varbit(8), of which a cast cuts what is too long; elsewhere
 * it makes of a value what a write makes of it. Domains over them are not moved.
 *
 * @param name what the parser or the catalog calls it
 */
function unlimited(type: Sql, name: string): Sql {
  const isArray = type.text.endsWith("[]");
  if (["varchar", "bpchar", "character"].includes(name)) return isArray ? sql`text[]` : sql`text`;
  if (["bit", "varbit"].includes(name)) return isArray ? sql`varbit[]` : sql`varbit`;
  return type;
}

/** Columns of the own table that require a value, now or when they are filled. */
export function completed({ active, tables, ownSide }: Move): readonly string[] {
  const { mapping } = active;
  if (ownSide === "new") return mapping.new.filter((column) => column.required).map((column) => column.name);
  const known = tables[mapping.table]?.columns ?? {};
  return mapping.old.filter((column) => known[column]?.notNull ?? false);
}

function opposite(side: Side): Side {
  return side === "old" ? "new" : "old";
}

/** @throws {Error} where both sides are in one table, and a single trigger sees both */
export function moveOf(
  schema: string,
  active: ActiveMapping,
  tables: Facts["tables"],
  writers: Writers = NO_WRITERS,
): Move {
  const { other } = active.mapping;
  if (other === undefined) throw new Error(`Cannot move ${active.mapping.table} as it is the only table`);
  return { active, other, schema, tables, writers, ownSide: opposite(other.side) };
}

/** Whether there is no value at all, and so no row in the other table. */
export function isNone(source: string, columns: readonly Field[]): Sql {
  return every(columns.map(({ name }) => sql`${identifier(source, name)} IS NULL`));
}

/** Whether the version that has its side in the other table writes. */
export function isOfOther({ other, writers }: Move): Sql {
  return writtenBy(writers, other.side);
}

/**
 * Whether an insert into the own table by the version that has its side in the other one means no
 * row there. Of a new version it does where every old column holds what its own default makes of
 * it; another value was copied from an old row. One whose default is not a constant counts as left
 * to it.
 */
export function leavesOut(move: Move): Sql {
  const { active, tables, ownSide, other } = move;
  if (other.side === "old") return isOfOther(move);
  const columns = tables[active.mapping.table]?.columns ?? {};
  const held = columnsOf(active.mapping, ownSide).flatMap((name): Sql[] => {
    const column = columns[name];
    const value = column === undefined ? null : knownDefault(column);
    if (column === undefined || value === null) return [];
    const stored = sql`CAST(${value} AS ${verbatim(column.type)})`;
    return [isSame(sql`NEW.${identifier(name)}`, stored, column.comparison)];
  });
  return every([isOfOther(move), ...held]);
}

/** Whether such an insert would hold anything but NULL in the columns of its own side. */
export function hasDefaults({ active, tables, ownSide }: Move): boolean {
  if (ownSide === "new") return active.created.some(({ filling }) => filling !== "none");
  const columns = tables[active.mapping.table]?.columns ?? {};
  return active.mapping.old.some((name) => {
    const column = columns[name];
    return column !== undefined && knownDefault(column)?.text !== "NULL";
  });
}

/** Whether an insert into the own table may get values of its side. */
export function isCompleted(move: Move): boolean {
  return completed(move).length > 0 || (move.writers[move.other.side] !== null && hasDefaults(move));
}
