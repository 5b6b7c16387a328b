import pRetry, { AbortError } from "p-retry";

/** One request to a host's REST API. */
export interface Question {
  readonly method: "GET" | "POST" | "PATCH" | "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const LIMIT_MILLISECONDS = 20_000;
/** After 1, 2 and 4 seconds. */
const RETRIES = 3;

/**
 * The host's answer as JSON. What may be asked again without harm, reading and updating, is asked
 * again where the host is overloaded or does not answer.
 *
 * @throws {Error} with the request, the status and the host's own words; never with the headers,
 *   which hold the token
 */
export function ask(question: Question): Promise<unknown> {
  return pRetry(() => askOnce(question), {
    retries: question.method === "POST" ? 0 : RETRIES,
    minTimeout: 1_000,
  });
}

async function askOnce({ method, url, headers, body }: Question): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json", "user-agent": "zero-downtime", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(LIMIT_MILLISECONDS),
  });
  const text = await response.text();
  if (response.ok) return text === "" ? null : JSON.parse(text);
  const problem = `Cannot ${method} ${url} as the host answers ${response.status}: ${text.slice(0, 300)}`;
  if (response.status === 429 || response.status >= 500) throw new Error(problem);
  throw new AbortError(problem);
}
