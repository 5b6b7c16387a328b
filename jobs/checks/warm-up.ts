import { Agent } from "node:http";
import { warmUpSettings, type WarmUpSettings } from "../../protocol/jobs/warm-up-settings.ts";
import type { Job, JobContext, Result } from "../job.ts";
import { NoAnswer, request } from "../http/request.ts";
import { RestingConnection, withNote } from "../http/resting-connection.ts";

/** Requests for each connection; new connections reach the other pods behind the Service too. */
const REQUESTS_PER_CONNECTION = 20;
const LONGEST_REQUEST_MILLISECONDS = 10_000;
const PROGRESS_LINES = 10;
/** With more failed answers than this, the version is not fit for traffic, however warm it is. */
const TOLERATED_FAILURES = 0.01;
const FAILED_FROM_STATUS = 400;

/**
 * Sends read requests to a version that has no traffic yet, until its first, slow answers are over.
 */
export const warmUp: Job<WarmUpSettings> = { settings: warmUpSettings, run };

async function run(asked: WarmUpSettings, context: JobContext): Promise<Result> {
  const durations: number[] = [];
  const progressEvery = Math.max(1, Math.ceil(asked.requests / PROGRESS_LINES));
  const until = performance.now() + asked.deadlineSeconds * 1_000;
  let sent = 0;
  let failed = 0;
  let lastFailure: string | undefined;

  const resting = new RestingConnection();

  async function one(agent: Agent | false): Promise<void> {
    const isFirst = sent === 0;
    const target = asked.paths[sent % asked.paths.length] ?? "/";
    sent += 1;
    const start = performance.now();
    try {
      const answer = await request(new URL(target, asked.url), {
        agent,
        deadlineMilliseconds: Math.min(LONGEST_REQUEST_MILLISECONDS, Math.max(1, Math.round(until - start))),
        signal: context.signal,
      });
      if (isFirst) resting.answered(answer);
      if (answer.status >= FAILED_FROM_STATUS) {
        failed += 1;
        lastFailure = `GET ${target} was answered ${answer.status}`;
      }
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      failed += 1;
      lastFailure = error.message;
    }
    durations.push(performance.now() - start);
    if (durations.length % progressEvery === 0) {
      context.log(
        `${durations.length} of ${asked.requests} answered, p99 of the latest ${progressEvery}: ${p99(durations.slice(-progressEvery))} ms, ${failed} failed`,
      );
    }
  }

  async function connectionAfterConnection(): Promise<void> {
    while (sent < asked.requests && performance.now() < until) {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (
        let used = 0;
        used < REQUESTS_PER_CONNECTION && sent < asked.requests && performance.now() < until;
        used += 1
      ) {
        await one(agent);
      }
      agent.destroy();
    }
  }

  await one(resting.agentFor(new URL(asked.url)));
  await Promise.all(
    Array.from({ length: Math.min(asked.concurrency, asked.requests) }, connectionAfterConnection),
  );
  return withNote(verdict(asked, durations, failed, lastFailure), resting.end(), context);
}

function verdict(
  asked: WarmUpSettings,
  durations: readonly number[],
  failed: number,
  lastFailure?: string,
): Result {
  const part = Math.max(1, Math.ceil(asked.requests / 10));
  const facts = {
    requests: durations.length,
    failed,
    firstP99Milliseconds: p99(durations.slice(0, part)),
    lastP99Milliseconds: p99(durations.slice(-part)),
  };
  if (durations.length < asked.requests) {
    return {
      ok: false,
      summary: `Cannot warm up ${asked.url} as only ${durations.length} of ${asked.requests} requests were answered within ${asked.deadlineSeconds} s${lastFailure ? `; last failure: ${lastFailure}` : ""}`,
      facts,
    };
  }
  if (failed > asked.requests * TOLERATED_FAILURES) {
    return {
      ok: false,
      summary: `Cannot warm up ${asked.url} as ${failed} of ${asked.requests} requests failed, more than ${TOLERATED_FAILURES * 100} %; last failure: ${lastFailure ?? "unknown"}`,
      facts,
    };
  }
  return {
    ok: true,
    summary: `${asked.requests} requests to ${asked.url}: p99 ${facts.firstP99Milliseconds} ms at first, ${facts.lastP99Milliseconds} ms at last, ${failed} failed`,
    facts,
  };
}

/** In milliseconds, rounded to tenths; 0 of nothing. */
function p99(durations: readonly number[]): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0) * 10) / 10;
}
