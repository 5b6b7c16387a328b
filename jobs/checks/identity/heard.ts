import type { ToldByAnswers } from "../../../protocol/identity/identity.ts";
import { WORKLOADS } from "../../../release/workload.ts";
import { NoAnswer, type Answer } from "../../http/request.ts";

/** What an answer says of who gave it. */
export interface Heard {
  /** A colour or a workload; null: it does not say. */
  readonly from: string | null;
  /** Why it proves nothing; null: it comes from one of those allowed. */
  readonly problem: string | null;
  /**
   * However long one asks: answers like this one never prove anything, as they come from an
   * application, or a gateway, that does not say who answers.
   */
  readonly isHopeless: boolean;
}

const SHOWN_CHARACTERS = 100;

/** Listens to an answer, or to a missing one. */
export function hear(
  told: ToldByAnswers,
  allowed: readonly string[],
  answer: Pick<Answer, "status" | "headers" | "body"> | NoAnswer,
): Heard {
  if (answer instanceof NoAnswer) return silence(answer.message);
  // Whoever is about to serve may not be there yet.
  if (answer.status >= 500) return silence(`answer ${answer.status}: ${answer.body.slice(0, 200)}`);
  const said = told.by === "json" ? colourIn(answer, told) : headerIn(answer, told.header);
  if ("problem" in said) return { from: null, problem: said.problem, isHopeless: true };
  const { from } = said;
  const problem = allowed.includes(from) ? null : `an answer from ${from}`;
  return { from, problem, isHopeless: false };
}

const silence = (problem: string): Heard => ({ from: null, problem, isHopeless: false });

type Said = { readonly from: string } | { readonly problem: string };

function headerIn({ status, headers }: Pick<Answer, "status" | "headers">, header: string): Said {
  const from = headers[header.toLowerCase()];
  if (typeof from !== "string") return { problem: `answer ${status} without the header ${header}` };
  if (WORKLOADS.some((workload) => workload === from)) return { from };
  const shown = JSON.stringify(from.slice(0, SHOWN_CHARACTERS));
  return { problem: `answer ${status} with ${shown} in the header ${header}, which is no colour` };
}

type ByJson = Extract<ToldByAnswers, { readonly by: "json" }>;

function colourIn({ status, body }: Pick<Answer, "status" | "body">, { key, versions }: ByJson): Said {
  const found = valueOf(parsed(body), key);
  if (found === undefined) return { problem: `answer ${status} without ${key} in its JSON` };
  const version = String(found);
  const from = Object.hasOwn(versions, version) ? versions[version] : undefined;
  if (from !== undefined) return { from };
  const shown = JSON.stringify(version.slice(0, SHOWN_CHARACTERS));
  return {
    problem: `answer ${status} with version ${shown}, which is none of ${Object.keys(versions).join(", ")}`,
  };
}

/** Undefined where it is no JSON. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A text or a number; undefined where there is neither. A key may have dots of its own. */
function valueOf(json: unknown, key: string): string | number | undefined {
  const whole = within(json, key);
  const value = whole === undefined ? key.split(".").reduce(within, json) : whole;
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}

const within = (json: unknown, key: string): unknown =>
  typeof json === "object" && json !== null && Object.hasOwn(json, key)
    ? (json as Readonly<Record<string, unknown>>)[key]
    : undefined;
