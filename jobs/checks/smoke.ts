import { setTimeout as pause } from "node:timers/promises";
import type { Agent } from "node:http";
import { smokeSettings, type Expectation, type SmokeSettings } from "../../protocol/jobs/smoke-settings.ts";
import type { Job, JobContext, Result } from "../job.ts";
import { type Answer, NoAnswer, request } from "../http/request.ts";
import { RestingConnection, withNote } from "../http/resting-connection.ts";
import { mismatch } from "../http/expectation.ts";
import { resultOf, type Part } from "./identity/part.ts";
import { saysWho } from "./identity/says-who.ts";

type SmokeRequest = SmokeSettings["requests"][number];

const LONGEST_REQUEST_MILLISECONDS = 10_000;
const KNOCK_MILLISECONDS = 200;

/** Failures to connect: the request was not sent, so a retry tests the same thing. */
const NOT_CONNECTED = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"]);

/**
 * Sends requests with known answers, in order, and stops at the first answer that is not
 * as expected.
 */
export const smoke: Job<SmokeSettings> = { settings: smokeSettings, run };

async function run(asked: SmokeSettings, context: JobContext): Promise<Result> {
  const resting = new RestingConnection();
  const result = await sendAll(asked, resting, context);
  const noted = withNote(result, resting.end(), context);
  if (!result.ok || asked.identity === null) return noted;
  return withPart(noted, await saysWho(asked.url, asked.identity, context));
}

/** A result that a part of it alone can still fail. */
const withPart = (result: Result, part: Part): Result => {
  const { summary, facts = {} } = resultOf(part);
  return {
    ok: part.ok,
    summary: part.ok ? `${result.summary}. ${summary}` : summary,
    facts: { ...result.facts, ...facts },
  };
};

async function sendAll(
  { url, requests, deadlineSeconds }: SmokeSettings,
  resting: RestingConnection,
  context: JobContext,
): Promise<Result> {
  const start = performance.now();
  const until = start + deadlineSeconds * 1_000;
  for (const [index, asked] of requests.entries()) {
    const name = `${asked.method} ${asked.path}`;
    const target = new URL(asked.path, url);
    const agent = index === 0 && resting.agentFor(target);
    const answer = await send(target, asked, agent, until, context);
    if (agent && !(answer instanceof NoAnswer)) resting.answered(answer);
    const wrong =
      answer instanceof NoAnswer
        ? `expected ${describe(asked.expect)}, got no answer: ${answer.message}`
        : mismatch(answer, asked.expect);
    const facts = { passed: index, of: requests.length, milliseconds: Math.round(performance.now() - start) };
    if (wrong !== undefined) {
      context.log(`failed  ${name}: ${wrong}`);
      return {
        ok: false,
        summary: `Cannot pass the smoke test as request ${index + 1} of ${requests.length}, ${name} at ${url}, failed: ${wrong}`,
        facts: { ...facts, failed: name },
      };
    }
    context.log(
      `passed  ${name}${answer instanceof NoAnswer ? "" : `  ${answer.status} in ${Math.round(answer.milliseconds)} ms`}`,
    );
  }
  const milliseconds = Math.round(performance.now() - start);
  return {
    ok: true,
    summary: `All ${requests.length} smoke requests were answered as expected by ${url}`,
    facts: { passed: requests.length, of: requests.length, milliseconds },
  };
}

async function send(
  url: URL,
  asked: SmokeRequest,
  agent: Agent | false,
  until: number,
  context: JobContext,
): Promise<Answer | NoAnswer> {
  const body =
    asked.body === undefined || typeof asked.body === "string" ? asked.body : JSON.stringify(asked.body);
  const own = headersOf(asked);
  const headers = typeof asked.body === "object" ? { "content-type": "application/json", ...own } : own;
  for (;;) {
    const left = Math.round(until - performance.now());
    if (left <= 0) return new NoAnswer("ETIMEDOUT", "the deadline of the smoke test has passed");
    try {
      return await request(url, {
        method: asked.method,
        headers,
        ...(body === undefined ? {} : { body }),
        agent,
        deadlineMilliseconds: Math.min(left, LONGEST_REQUEST_MILLISECONDS),
        signal: context.signal,
      });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (!NOT_CONNECTED.has(error.code) || until - performance.now() <= KNOCK_MILLISECONDS) return error;
      context.log(`waiting ${error.message}`);
      await pause(KNOCK_MILLISECONDS, undefined, { signal: context.signal });
    }
  }
}

function describe(expected: Expectation): string {
  return `status ${expected.status}`;
}

/** @throws {Error} where a variable that holds a value is not there */
const headersOf = ({ headers }: SmokeRequest): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (typeof value === "string") return [name, value];
      const held = process.env[value.variable];
      if (held === undefined)
        throw new Error(`Cannot send the header ${name} as the pod has no variable ${value.variable}`);
      return [name, held];
    }),
  );
