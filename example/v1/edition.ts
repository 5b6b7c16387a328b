import { z } from "zod";
import type { Edition, Statement } from "../server/version.ts";
import { text } from "../server/text.ts";

const address = z.object({ name: text.min(1), street: text, city: text.default("") });
type Address = z.infer<typeof address>;

interface Row {
  readonly id: string;
  readonly name: string;
  readonly street: string;
  readonly city: string;
}

const COLUMNS = "id, name, street, city";

/** Version 1: the whole street with its number in one column. */
export const version1: Edition<Address, Row> = {
  version: "1.0.0",
  address,
  create,
  read,
  update,
  list,
  answer,
};

function create({ name, street, city }: Address): Statement {
  return {
    text: `INSERT INTO address (name, street, city) VALUES ($1, $2, $3) RETURNING ${COLUMNS}`,
    values: [name, street, city],
    idempotent: false,
  };
}

function read(id: string): Statement {
  return { text: `SELECT ${COLUMNS} FROM address WHERE id = $1`, values: [id], idempotent: true };
}

function update(id: string, { name, street, city }: Address): Statement {
  return {
    text: `UPDATE address SET name = $2, street = $3, city = $4 WHERE id = $1 RETURNING ${COLUMNS}`,
    values: [id, name, street, city],
    idempotent: true,
  };
}

function list(after: string, limit: number): Statement {
  return {
    text: `SELECT ${COLUMNS} FROM address WHERE id > $1 ORDER BY id LIMIT $2`,
    values: [after, limit],
    idempotent: true,
  };
}

function answer({ id, name, street, city }: Row): Readonly<Record<string, unknown>> {
  return { id: Number(id), name, street, city };
}
