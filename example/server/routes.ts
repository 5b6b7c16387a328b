import { z } from "zod";
import { DatabaseUnavailable, type Database } from "./database.ts";
import type { Edition } from "./version.ts";

/** A request as far as the address book looks at it. */
export interface Request {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly body: () => Promise<string>;
}

export interface Answer {
  readonly status: number;
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page of the list has at most this many addresses. */
const LONGEST_PAGE = 1_000;

const page = z.object({
  after: z
    .string()
    .regex(/^[0-9]{1,18}$/)
    .default("0"),
  limit: z.coerce.number().int().min(1).max(LONGEST_PAGE).default(100),
});

/** Answers what a client of the address book may ask; the paths are the same in every version. */
export function addressRoutes<Address, Row extends { readonly id: string }>(
  edition: Edition<Address, Row>,
  database: Pick<Database, "run">,
): (request: Request) => Promise<Answer> {
  async function create(request: Request): Promise<Answer> {
    const [row] = await database.run<Row>(edition.create(await parseBody(edition.address, request)));
    if (row === undefined) throw new Error("Cannot answer as INSERT returned no row");
    return { status: 201, json: edition.answer(row), headers: { location: `/addresses/${row.id}` } };
  }

  async function list(query: string): Promise<Answer> {
    const asked = page.safeParse(Object.fromEntries(new URLSearchParams(query)));
    if (!asked.success) throw new Refused(422, z.prettifyError(asked.error));
    const rows = await database.run<Row>(edition.list(asked.data.after, asked.data.limit));
    const last = rows.length === asked.data.limit ? rows.at(-1) : undefined;
    return {
      status: 200,
      json: { addresses: rows.map(edition.answer), next: last ? Number(last.id) : null },
    };
  }

  async function one(rows: Promise<readonly Row[]>, id: string): Promise<Answer> {
    const [row] = await rows;
    if (row === undefined) throw new Refused(404, `There is no address ${id}`);
    return { status: 200, json: edition.answer(row) };
  }

  async function route(request: Request): Promise<Answer> {
    const [path = "", query = ""] = request.target.split("?", 2);
    if (path === "/addresses") {
      if (request.method === "GET") return list(query);
      if (request.method === "POST") return create(request);
      throw new Refused(405, "Use GET or POST", { allow: "GET, POST" });
    }
    const id = /^\/addresses\/([0-9]{1,18})$/.exec(path)?.[1];
    if (id === undefined) throw new Refused(404, "There is only /addresses and /addresses/<id>");
    if (request.method === "GET") return one(database.run<Row>(edition.read(id)), id);
    if (request.method !== "PUT") throw new Refused(405, "Use GET or PUT", { allow: "GET, PUT" });
    const address = await parseBody(edition.address, request);
    return one(database.run<Row>(edition.update(id, address)), id);
  }

  return async (request) => {
    try {
      return await route(request);
    } catch (error) {
      if (error instanceof Refused) {
        return { status: error.status, json: { error: error.message }, headers: error.headers };
      }
      if (error instanceof DatabaseUnavailable) {
        return { status: 503, json: { error: error.message }, headers: { "retry-after": "1" } };
      }
      throw error;
    }
  };
}

/** An answer that tells the client what is wrong with its request. */
export class Refused extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

async function parseBody<Address>(address: z.ZodType<Address>, request: Request): Promise<Address> {
  const text = await request.body();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Refused(400, `The body is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = address.safeParse(json);
  if (!parsed.success) throw new Refused(422, z.prettifyError(parsed.error));
  return parsed.data;
}
