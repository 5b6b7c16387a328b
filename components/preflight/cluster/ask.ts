import { z } from "zod";
import type { ApiAnswer, ApiRequest } from "../../../protocol/kubernetes/api-client.ts";
import type { Answer } from "./answer.ts";
import { trialIn } from "./trial.ts";

/** Sends a request to the API server. @throws {Error} where there is no answer in time */
export type Send = (request: ApiRequest) => Promise<ApiAnswer>;

export const JSON_ONLY = { accept: "application/json" };

/** A question. */
export interface Question<Shape> {
  /** What people call it, as in `the nodes`. */
  readonly what: string;
  readonly shape: z.ZodType<Shape>;
  readonly path: string;
  readonly query?: string;
  readonly headers?: ApiRequest["headers"];
}

/** Gets an object or a page; the value is null where there is none. */
export async function get<Shape>(
  send: Send,
  { what, shape, path, query = "", headers = JSON_ONLY }: Question<Shape>,
): Promise<Answer<Shape | null>> {
  return attempt(what, async () => {
    const answer = await send({ method: "GET", path, query, headers });
    if (answer.status === 404) return { value: null };
    if (answer.status < 300) return { value: shape.parse(JSON.parse(answer.body)) };
    const { status, message } = trialIn(answer);
    return { unasked: { what, why: message, isForbidden: status === 403 } };
  });
}

/** Has work that needs answers end in one, too, where there is none. */
export async function attempt<Value>(
  what: string,
  work: () => Promise<Answer<Value>>,
): Promise<Answer<Value>> {
  try {
    return await work();
  } catch (error) {
    return { unasked: { what, why: wordsOf(error), isForbidden: false } };
  }
}

const wordsOf = (error: unknown): string =>
  error instanceof z.ZodError || error instanceof SyntaxError
    ? "the answer is not shaped as expected"
    : String((error as Error).message);

const PAGE = 500;

/** All items of a list, page by page. */
export async function list<Item>(
  send: Send,
  { shape: item, query = "", ...question }: Question<Item>,
): Promise<Answer<readonly Item[]>> {
  const items: Item[] = [];
  let next = "";
  do {
    const rest = next === "" ? "" : `&continue=${encodeURIComponent(next)}`;
    const page = await get(send, {
      ...question,
      shape: pageOf(item),
      query: `?limit=${PAGE}${query}${rest}`,
    });
    if ("unasked" in page) return page;
    items.push(...(page.value?.items ?? []));
    next = page.value?.metadata.continue ?? "";
  } while (next !== "");
  return { value: items };
}

/** A page of a list, and where the next one begins; empty: there is none. */
export const pageOf = <Item>(item: z.ZodType<Item>) =>
  z.object({
    metadata: z.object({ continue: z.string().default("") }).default({ continue: "" }),
    items: z
      .array(item)
      .nullish()
      .transform((items) => items ?? []),
  });
