import type { CandidateRecord } from "../../../release/verdict.ts";
import type { Verdict } from "../../../release/judge/judgement.ts";
import type { Journey } from "../journey/journey.ts";
import { publishedVerdict } from "./published-verdict.ts";
import { until } from "../until.ts";

/** A canary whose rungs are judged in seconds, by its failures alone. */
export const QUICK_CANARY = {
  rungs: [5, 50],
  minimumSeconds: 3,
  failures: { ruledOut: 0.2 },
  durations: null,
  cpu: null,
  memory: null,
} as const;

/** What the guard has published; null before its first look. */
export const verdictOf = (journey: Journey): Promise<CandidateRecord | null> =>
  publishedVerdict(journey.target, journey.name, journey.application);

/**
 * Waits until the guard says so of the stage that it watches; its sentence is in the error where it
 * does not.
 */
export async function isJudged(
  journey: Journey,
  wanted: Verdict,
  limitMilliseconds = 60_000,
): Promise<CandidateRecord> {
  let record: CandidateRecord | null = null;
  const verdict = () => {
    if (record?.failed) return "fail";
    return record?.stages[String(record.watched)]?.judgement.verdict;
  };
  try {
    await until(
      `the verdict is ${wanted}`,
      async () => {
        record = await verdictOf(journey);
        return verdict() === wanted;
      },
      limitMilliseconds,
    );
  } catch (error) {
    throw new Error(`The verdict is not "${wanted}": ${JSON.stringify(record)}`, { cause: error });
  }
  if (record === null) throw new Error("There is no verdict");
  return record;
}

/** Requests of the candidate that the guard has counted in the stage that it watches. */
export async function countedRequests(journey: Journey): Promise<number> {
  const text = await journey.kubectl(
    "get",
    "configmap",
    "address-book-verdict",
    "--output=jsonpath={.data.memory}",
  );
  const { stage } = JSON.parse(text) as {
    stage: { candidate: { colour: { requests: { count: number } | null } } };
  };
  return stage.candidate.colour.requests?.count ?? 0;
}
