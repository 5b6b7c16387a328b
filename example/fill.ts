import pg from "pg";
import { addressColumns } from "./address-columns.ts";
import { filledAddress } from "./filled-address.ts";

export interface FillOptions {
  /** Connection to the database; the PG* variables where it says nothing. */
  readonly connection?: pg.ClientConfig;
  /** Addresses to insert. */
  readonly count: number;
  /** The same seed gives the same addresses; another one adds others. @default 1 */
  readonly seed?: number;
}

const BATCH = 5_000;

/**
 * Inserts addresses, odd ones among them, through whichever columns the table has: the old one as
 * long as it exists.
 */
export async function fill({ connection = {}, count, seed = 1 }: FillOptions): Promise<void> {
  const client = new pg.Client({ application_name: "address-book fill", ...connection });
  await client.connect();
  try {
    const old = (await addressColumns(client)).has("street");
    for (let from = 0; from < count; from += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, count - from) }, (_, index) =>
        filledAddress(seed, from + index),
      );
      const names = batch.map(({ name }) => name);
      const cities = batch.map(({ city }) => city);
      if (old) {
        await client.query(
          `INSERT INTO address (name, street, city) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])`,
          [names, batch.map(({ street }) => street), cities],
        );
      } else {
        await client.query(
          `INSERT INTO address (name, street_name, house_number, city)
           SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])`,
          [
            names,
            batch.map(({ streetName }) => streetName),
            batch.map(({ houseNumber }) => houseNumber),
            cities,
          ],
        );
      }
    }
  } finally {
    await client.end();
  }
}
