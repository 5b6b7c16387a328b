import pg from "pg";
import { addressColumns } from "./address-columns.ts";
import type { FillOptions } from "./fill.ts";
import { type FilledAddress, filledAddress, numberOf } from "./filled-address.ts";

/** What became of the addresses that were filled in, and that nobody has written since. */
export interface FilledCheck {
  /** Addresses that should be there. */
  readonly expected: number;
  /** Of these, found exactly once. */
  readonly found: number;
  /**
   * Rows that say something else than what was filled in, or are there twice, in any
   * column that exists.
   */
  readonly wrong: number;
  /** Rows whose old column says what it said; undefined when there is no such column. */
  readonly old: number | undefined;
  /** Rows whose new columns say it; undefined when there are none. */
  readonly new: number | undefined;
  /** Rows whose new columns are still empty, as they are before the backfill. */
  readonly notCarried: number;
  /** The first wrong rows, at most 20. */
  readonly problems: readonly string[];
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly city: string;
  readonly street?: string | null;
  readonly street_name?: string | null;
  readonly house_number?: string | null;
}

const PAGE = 10_000;
const PROBLEMS_KEPT = 20;

/**
 * Reads the whole table and compares every filled row with what was filled in: in its old form, its
 * new form, or both.
 */
export async function checkFilled({ connection = {}, count, seed = 1 }: FillOptions): Promise<FilledCheck> {
  const client = new pg.Client({ application_name: "address-book check", ...connection });
  await client.connect();
  try {
    const columns = await addressColumns(client);
    const check = new Check(columns.has("street"), columns.has("street_name"));
    const statement = pageStatement(columns);
    const found = new Set<number>();
    for (let after = "0"; ;) {
      const { rows } = await client.query<Row>(statement, [after, PAGE]);
      for (const row of rows) {
        const number = numberOf(seed, row.name);
        if (number === undefined || number >= count) continue;
        if (found.has(number)) check.problem(`${row.name} is there twice, as ${row.id} too`);
        found.add(number);
        check.row(row, filledAddress(seed, number));
      }
      after = rows.at(-1)?.id ?? after;
      if (rows.length < PAGE) return check.result(count, found.size);
    }
  } finally {
    await client.end();
  }
}

/**
 * Whether every filled row is there and right, and carried over if `carried` says that it must be.
 */
export function isWhole(check: FilledCheck, carried: boolean): boolean {
  return check.found === check.expected && check.wrong === 0 && (!carried || check.notCarried === 0);
}

function pageStatement(columns: ReadonlySet<string>): string {
  const known = ["street", "street_name", "house_number"].filter((name) => columns.has(name));
  return `SELECT ${["id", "name", "city", ...known].join(", ")} FROM address WHERE id > $1 ORDER BY id LIMIT $2`;
}

class Check {
  readonly #hasOld: boolean;
  readonly #hasNew: boolean;
  readonly #problems: string[] = [];
  #wrong = 0;
  #old = 0;
  #new = 0;
  #notCarried = 0;

  constructor(hasOld: boolean, hasNew: boolean) {
    this.#hasOld = hasOld;
    this.#hasNew = hasNew;
  }

  row(row: Row, filled: FilledAddress): void {
    const oldIsRight = row.street === filled.street;
    const newIsEmpty = row.street_name === null && row.house_number === null;
    const newIsRight = row.street_name === filled.streetName && row.house_number === filled.houseNumber;
    if (this.#hasOld && oldIsRight) this.#old += 1;
    if (this.#hasNew && newIsRight) this.#new += 1;
    // An empty new side is the state before the backfill only while the old side still
    // holds the address.
    const waits = this.#hasOld && newIsEmpty;
    if (this.#hasNew && waits) this.#notCarried += 1;
    const right =
      (!this.#hasOld || oldIsRight) && (!this.#hasNew || newIsRight || waits) && row.city === filled.city;
    if (!right) this.problem(`filled ${JSON.stringify(filled)}, found ${JSON.stringify(row)}`);
  }

  problem(text: string): void {
    this.#wrong += 1;
    if (this.#problems.length < PROBLEMS_KEPT) this.#problems.push(text);
  }

  result(expected: number, found: number): FilledCheck {
    return {
      expected,
      found,
      wrong: this.#wrong,
      old: this.#hasOld ? this.#old : undefined,
      new: this.#hasNew ? this.#new : undefined,
      notCarried: this.#notCarried,
      problems: this.#problems,
    };
  }
}
