import { z } from "zod";
import type { Edition, Statement } from "../server/version.ts";
import { text } from "../server/text.ts";
import { joinStreet, splitStreet } from "./street.ts";

const address = z
  .object({
    name: text.min(1),
    street: text.optional(),
    street_name: text.optional(),
    house_number: text.nullish().transform((number) => (number === "" || number == null ? null : number)),
    city: text.default(""),
  })
  .refine(({ street, street_name }) => street !== undefined || street_name !== undefined, {
    message: "either street_name (and house_number) or street is required",
    path: ["street_name"],
  });
type Address = z.infer<typeof address>;

interface Row {
  readonly id: string;
  readonly name: string;
  readonly street_name: string;
  readonly house_number: string | null;
  readonly city: string;
}

const COLUMNS = "id, name, street_name, house_number, city";

/**
 * Version 2: street name and house number apart. It still takes and returns `street`, so that
 * clients of version 1 need not care who answers.
 */
export const version2: Edition<Address, Row> = {
  version: "2.0.0",
  address,
  create,
  read,
  update,
  list,
  answer,
};

function create({ name, street = "", street_name, house_number, city }: Address): Statement {
  const split =
    street_name === undefined ? splitStreet(street) : { streetName: street_name, houseNumber: house_number };
  return {
    text: `INSERT INTO address (name, street_name, house_number, city) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
    values: [name, split.streetName, split.houseNumber, city],
    idempotent: false,
  };
}

function read(id: string): Statement {
  return { text: `SELECT ${COLUMNS} FROM address WHERE id = $1`, values: [id], idempotent: true };
}

// A client of version 1 saves the `street` it has read: an unchanged one must not be split anew, or
// ("Allee 4", "b") would become ("Allee", "4 b"). A client that sends back everything it has read
// means the side that it changed, the new one before the old.
const TAKE_NEW =
  "$4::text IS NOT NULL AND ($6::text IS NULL OR street_name <> $4 OR house_number IS DISTINCT FROM $5::text)";
const TAKE_OLD = "$6 IS NOT NULL AND concat_ws(' ', street_name, house_number) <> $6";

function update(id: string, { name, street, street_name, house_number, city }: Address): Statement {
  const split = street === undefined ? undefined : splitStreet(street);
  const joined =
    street_name === undefined ? street : joinStreet({ streetName: street_name, houseNumber: house_number });
  return {
    text: `UPDATE address SET name = $2, city = $3,
      street_name = CASE WHEN ${TAKE_NEW} THEN $4 WHEN ${TAKE_OLD} THEN $7 ELSE street_name END,
      house_number = CASE WHEN ${TAKE_NEW} THEN $5 WHEN ${TAKE_OLD} THEN $8 ELSE house_number END
      WHERE id = $1 RETURNING ${COLUMNS}`,
    values: [
      id,
      name,
      city,
      street_name ?? null,
      house_number,
      street ?? null,
      split?.streetName ?? null,
      split?.houseNumber ?? null,
    ],
    // Of two sides that disagree the changed one is taken, and after the first time the other one
    // looks changed.
    idempotent: street === undefined || street === joined,
  };
}

function list(after: string, limit: number): Statement {
  return {
    text: `SELECT ${COLUMNS} FROM address WHERE id > $1 ORDER BY id LIMIT $2`,
    values: [after, limit],
    idempotent: true,
  };
}

function answer({ id, name, street_name, house_number, city }: Row): Readonly<Record<string, unknown>> {
  const street = joinStreet({ streetName: street_name, houseNumber: house_number });
  return { id: Number(id), name, street, street_name, house_number, city };
}
