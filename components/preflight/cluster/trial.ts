import { z } from "zod";
import type { ApiAnswer } from "../../../protocol/kubernetes/api-client.ts";

/** What the API server says of an object that it was asked to write, without writing it. */
export interface Trial {
  readonly status: number;
  /** Why it refuses, in its words; empty where it does not. */
  readonly message: string;
  /** The fields that it refuses, each with its own words. */
  readonly causes: readonly { readonly field: string; readonly message: string }[];
  /** What is not there, where something is not: `namespaces`, `serviceaccounts`. */
  readonly absent: string;
  readonly warnings: readonly string[];
  /** The object as it would be, completed by defaults and by whatever else has a say. */
  readonly body: unknown;
}

const refusal = z.object({
  message: z.string().default(""),
  details: z
    .object({
      kind: z.string().default(""),
      causes: z
        .array(z.object({ field: z.string().default(""), message: z.string().default("") }))
        .nullish()
        .transform((causes) => causes ?? []),
    })
    .default({ kind: "", causes: [] }),
});

/** The answer to a request with `dryRun=All`. */
export function trialIn({ status, body, warnings = [] }: ApiAnswer): Trial {
  const parsed = parse(body);
  if (status < 300) return { status, message: "", causes: [], absent: "", warnings, body: parsed };
  const { data } = refusal.safeParse(parsed);
  const message = data?.message ?? `answer ${status}`;
  return {
    status,
    message,
    causes: [...(data?.details.causes ?? []), ...schemaCauses(message)].filter(({ field }) => field !== ""),
    absent: status === 404 ? (data?.details.kind ?? "") : "",
    warnings,
    body: null,
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    // A proxy in between answers with a page of its own.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * The fields that do not fit the kind's schema, of which only the message says anything: unknown
 * and duplicate ones, and values of another type.
 */
function schemaCauses(message: string): Trial["causes"] {
  const strict = [...message.matchAll(/(unknown|duplicate) field "([^"]+)"/g)].map(
    ([, what = "", field = ""]) => ({ field, message: `${what} field` }),
  );
  if (!message.includes("typed patch object")) return strict;
  const typed = [...message.matchAll(/(?:^|\s)(\.[a-zA-Z][^\s:]*(?:\[[^\]]*\][^\s:]*)*): ([^\n]+)/g)].map(
    ([, field = "", text = ""]) => ({
      field,
      message: withoutValues(text).replace("field not declared in schema", "unknown field"),
    }),
  );
  return [...strict, ...typed];
}

/** The value that was found is in the files, and may be secret. */
const withoutValues = (text: string): string => text.replace(/, got &value.*$/, ", but it is something else");

/** The login of the kubeconfig lacks a right; everything else that is forbidden is the object. */
export const isWithoutRight = ({ status, message }: Trial): boolean =>
  status === 403 && /User "[^"]*" cannot \S+ resource/.test(message);

/** Of the object, though the API server takes it for a mistake of its own. */
const UNFIT = /failed to create typed patch object|failed to convert new object/;

/**
 * The cluster could not say: something that has a say in it is down, or does not know how to be
 * asked beforehand.
 */
export const isInconclusive = ({ status, message, causes }: Trial): boolean =>
  status === 401 ||
  status === 429 ||
  // The quota is so new that nobody has counted yet.
  message.includes("status unknown for quota") ||
  /does not support dry run/i.test(message) ||
  (status >= 500 && causes.length === 0 && !UNFIT.test(message));
