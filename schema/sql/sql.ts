/**
 * SQL text that is safe to send: made only of the literal parts of `sql` templates, of quoted
 * identifiers and values, and of statements that PostgreSQL's own parser has accepted. A plain
 * string cannot take its place.
 */
export class Sql {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** Only the functions of this file call it. */
  static of(text: string): Sql {
    return new Sql(text);
  }

  get text(): string {
    return this.#text;
  }

  toString(): string {
    return this.#text;
  }
}

/** PostgreSQL cuts longer identifiers silently, and two cut names may be one. Bytes. */
export const IDENTIFIER_BYTES = 63;

/** Joins literal SQL with safe parts. */
export function sql(strings: TemplateStringsArray, ...parts: readonly Sql[]): Sql {
  return Sql.of(strings.reduce((text, string, index) => text + (parts[index - 1]?.text ?? "") + string));
}

/**
 * A quoted identifier, or a dotted path of them.
 * @throws {RangeError} when a part is empty, longer than 63 bytes or holds a zero byte
 */
export function identifier(...path: readonly [string, ...string[]]): Sql {
  return Sql.of(path.map(quotedIdentifier).join("."));
}

/**
 * A quoted text constant; its type is decided by where it stands.
 * @throws {RangeError} when it holds a zero byte
 */
export function literal(value: string): Sql {
  if (value.includes("\0")) throw new RangeError("Cannot quote a text as it holds a zero byte");
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return Sql.of(value.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted);
}

/** A list of text constants as an array. */
export function literals(values: readonly string[]): Sql {
  return sql`ARRAY[${list(values.map(literal))}]::text[]`;
}

/** A whole number as a constant. */
export function integer(value: number): Sql {
  if (!Number.isSafeInteger(value))
    throw new RangeError(`Cannot quote a number as it is not whole: ${value}`);
  return Sql.of(value < 0 ? `(${value})` : String(value));
}

/** The place of the nth value of a parameterised statement, from 1. */
export function parameter(position: number): Sql {
  return Sql.of(`$${position}`);
}

/** A function body between dollar quotes that it does not contain. */
export function dollarQuoted(body: Sql): Sql {
  let tag = "$body$";
  for (let count = 1; body.text.includes(tag); count++) tag = `$body${count}$`;
  return Sql.of(`${tag}${body.text}${tag}`);
}

/**
 * Text that comes from PostgreSQL itself: a statement that its parser accepted, or an expression or
 * type that its catalog printed.
 */
export function verbatim(text: string): Sql {
  return Sql.of(text);
}

export function list(parts: readonly Sql[], separator = ", "): Sql {
  return Sql.of(parts.map((part) => part.text).join(separator));
}

/** Conditions of which all must hold; `true` when there are none. */
export function every(conditions: readonly Sql[]): Sql {
  if (conditions.length === 0) return Sql.of("true");
  return Sql.of(conditions.map((condition) => `(${condition.text})`).join(" AND "));
}

/** Conditions of which one must hold; `false` when there are none. */
export function some(conditions: readonly Sql[]): Sql {
  if (conditions.length === 0) return Sql.of("false");
  return Sql.of(`(${conditions.map((condition) => `(${condition.text})`).join(" OR ")})`);
}

function quotedIdentifier(name: string): string {
  if (name === "") throw new RangeError("Cannot quote an identifier as it is empty");
  if (name.includes("\0")) throw new RangeError("Cannot quote an identifier as it holds a zero byte");
  if (Buffer.byteLength(name) > IDENTIFIER_BYTES) {
    throw new RangeError(
      `Cannot use "${name}" as a name as PostgreSQL keeps ${IDENTIFIER_BYTES} bytes of it: it has ${Buffer.byteLength(name)}`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}
