/** What is known of every value that an expression can have, without asking the database. */
export interface KnownValue {
  /**
   * As the parser calls it: `text`, `int4`; of an array, of its elements; `unknown` for a constant
   * between quotes.
   */
  readonly type: string;
  readonly isArray: boolean;
  readonly mayBeNull: boolean;
  /** Most characters of a text; null where there is no limit. */
  readonly longest: number | null;
  /** Least and greatest of a number; null where there is no limit, or where it is no number. */
  readonly range: readonly [least: number, greatest: number] | null;
  /** Most digits behind the point of a number with a range. */
  readonly scale: number;
  /** Of a constant between quotes, what stands there. */
  readonly text?: string;
}

/** A type as a function or a column declares it. */
export interface DeclaredType {
  readonly name: string;
  readonly isArray: boolean;
  /** Length, or precision and scale; none where the type has no limit. */
  readonly limits: readonly number[];
}

export const TEXTS: readonly string[] = ["text", "varchar", "bpchar", "unknown"];

/** Each is wider than those before it, so that a cast to the right never raises. */
const NUMBERS: readonly string[] = ["int2", "int4", "int8", "numeric"];
const FLOATS: readonly string[] = ["float4", "float8"];

/** Types of PostgreSQL's own whose values compare, and become text, without an error. */
const SIMPLE: readonly string[] = [
  ...TEXTS,
  ...NUMBERS,
  ...FLOATS,
  ...["bool", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "uuid", "bytea", "name"],
  ...["json", "jsonb", "oid", "inet", "cidr", "macaddr", "bit", "varbit"],
];

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int2: [-(2 ** 15), 2 ** 15 - 1],
  int4: [-(2 ** 31), 2 ** 31 - 1],
  int8: [-(2 ** 63), 2 ** 63],
};

/** A value of which only the type is known. */
export function anyOf(type: string, mayBeNull: boolean, isArray = false): KnownValue {
  return {
    type,
    isArray,
    mayBeNull,
    longest: null,
    range: isArray ? null : (RANGES[type] ?? null),
    scale: 0,
  };
}

export function textOf(mayBeNull: boolean, longest: number | null = null): KnownValue {
  return { type: "text", isArray: false, mayBeNull, longest, range: null, scale: 0 };
}

export function wholeNumber(mayBeNull: boolean, range: readonly [number, number], type = "int4"): KnownValue {
  return { type, isArray: false, mayBeNull, longest: null, range, scale: 0 };
}

export function isTextual({ type, isArray }: KnownValue): boolean {
  return !isArray && TEXTS.includes(type);
}

export function isSimple({ type, isArray }: KnownValue): boolean {
  return !isArray && SIMPLE.includes(type);
}

export function isWhole({ type, isArray, range }: KnownValue): boolean {
  return !isArray && RANGES[type] !== undefined && range !== null;
}

/**
 * Whether two values compare without an error; a constant between quotes was judged when the
 * function was made.
 */
export function areComparable(one: KnownValue, other: KnownValue): boolean {
  if (one.isArray || other.isArray) return false;
  if (one.type === "unknown" || other.type === "unknown") return isSimple(one) && isSimple(other);
  const isFloat = ({ type }: KnownValue) => FLOATS.includes(type);
  const isNumber = (value: KnownValue) => isFloat(value) || NUMBERS.includes(value.type);
  // A numeric is compared with a float as a float, which does not reach as far.
  const isTooFar = [one, other].some(({ type }) => type === "numeric") && (isFloat(one) || isFloat(other));
  const areNumbers = isNumber(one) && isNumber(other) && !isTooFar;
  return (
    isSimple(one) &&
    isSimple(other) &&
    ((isTextual(one) && isTextual(other)) || areNumbers || one.type === other.type)
  );
}

/** What a value of a declared type can be. */
export function declared(type: DeclaredType, mayBeNull: boolean): KnownValue {
  const [first, scale = 0] = type.limits;
  const value = anyOf(type.name, mayBeNull, type.isArray);
  if (first === undefined) return value;
  if (isTextual(value)) return { ...value, longest: first };
  if (scale < 0) return value;
  const most = 10 ** (first - scale);
  return type.name === "numeric" && !type.isArray ? { ...value, range: [-most, most], scale } : value;
}

/**
 * What a write of a value to a type makes of it.
 *
 * @param isExplicit whether it is a cast in an expression, which cuts what is too long
 *   instead of raising
 * @returns null where it may raise
 */
export function converted(value: KnownValue, type: DeclaredType, isExplicit: boolean): KnownValue | null {
  const target = declared(type, value.mayBeNull);
  const [limit] = type.limits;
  if (type.isArray || value.isArray) {
    return type.isArray === value.isArray && type.name === value.type && limit === undefined ? target : null;
  }
  if (isTextual(target)) {
    if (!isSimple(value) && !isExplicit) return null;
    const longest = isTextual(value) ? value.longest : null;
    if (limit === undefined) return { ...target, longest };
    return isExplicit || (longest !== null && longest <= limit) ? target : null;
  }
  if (NUMBERS.includes(value.type) && NUMBERS.includes(type.name)) {
    return convertedNumber(value, target, limit !== undefined);
  }
  if (FLOATS.includes(type.name) && (NUMBERS.slice(0, 3).includes(value.type) || value.type === "float4")) {
    return target;
  }
  if (type.name === "date" && ["timestamp", "timestamptz"].includes(value.type)) return target;
  return value.type === type.name && limit === undefined ? target : null;
}

function convertedNumber(value: KnownValue, target: KnownValue, isLimited: boolean): KnownValue | null {
  const [from, to] = [NUMBERS.indexOf(value.type), NUMBERS.indexOf(target.type)];
  const { range, scale } = value;
  if (from <= to && !isLimited) return { ...target, range, scale };
  // A numeric may be NaN, which no whole number is.
  if (range === null || target.range === null || (value.type === "numeric" && target.type !== "numeric")) {
    return null;
  }
  // What has more digits behind the point than its column may round up to the limit.
  const isExact = scale <= target.scale;
  const [least, greatest] = target.range;
  const isInside = isExact
    ? range[0] >= least && range[1] <= greatest
    : range[0] > least && range[1] < greatest;
  return isInside ? { ...target, range, scale: Math.min(scale, target.scale) } : null;
}

/** What one of two values is; null where nothing is known of it. */
export function either(one: KnownValue, other: KnownValue): KnownValue | null {
  const mayBeNull = one.mayBeNull || other.mayBeNull;
  if (one.type === "unknown" && one.longest === 0 && one.mayBeNull) return { ...other, mayBeNull };
  if (other.type === "unknown" && other.longest === 0 && other.mayBeNull) return { ...one, mayBeNull };
  if (one.isArray !== other.isArray) return null;
  const longest =
    one.longest === null || other.longest === null ? null : Math.max(one.longest, other.longest);
  if (isTextual(one) && isTextual(other)) {
    const type = one.type === "unknown" ? other.type : one.type;
    return { ...textOf(mayBeNull, longest), type };
  }
  if (one.type === "unknown") return { ...anyOf(other.type, mayBeNull, other.isArray), longest: null };
  if (other.type === "unknown") return { ...anyOf(one.type, mayBeNull, one.isArray), longest: null };
  const wider = NUMBERS.indexOf(one.type) >= NUMBERS.indexOf(other.type) ? one : other;
  if (one.type !== other.type && !(NUMBERS.includes(one.type) && NUMBERS.includes(other.type))) return null;
  const range =
    one.range === null || other.range === null
      ? null
      : ([Math.min(one.range[0], other.range[0]), Math.max(one.range[1], other.range[1])] as const);
  return { ...wider, mayBeNull, longest: null, range, scale: 0 };
}
