import type pg from "pg";

/** The columns that the table of addresses has at this moment. */
export async function addressColumns(client: pg.Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = to_regclass('address') AND attnum > 0 AND NOT attisdropped`,
  );
  if (rows.length === 0)
    throw new Error("Cannot find the table address as the database has none on its search path");
  return new Set(rows.map(({ name }) => name));
}
