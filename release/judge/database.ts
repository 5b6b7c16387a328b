import type { DatabaseEvidence, Evidence } from "./evidence.ts";
import type { Finding } from "./judgement.ts";
import { counted, percent } from "./format.ts";

/** With fewer samples of the candidate's sessions, or statements, their shares say nothing. */
const LEAST_SAMPLES = 30;
/**
 * How many times the baseline's share the candidate's may be, and how much more is never too much.
 */
const RELATIVE = 2;
const NEGLIGIBLE = 0.05;

/**
 * What the database shows of each colour, where it is read. A row on which old and new form
 * disagree fails the candidate. Sessions that wait for locks and slow statements only hold the
 * rung: one long statement is sampled many times, so the samples are not independent and no test
 * can be based on them. Failures and durations cover the rest.
 *
 * @returns null where nothing is read
 */
export function judgeDatabase({ baseline, candidate }: Evidence): Finding | null {
  const own = candidate.database;
  if (own === undefined) return null;
  const other = baseline.kind === "none" ? undefined : baseline.colour.database;
  if (own.mismatches !== null && own.mismatches > 0)
    return finding(
      "fail",
      `old and new form disagree on ${counted(own.mismatches, "row")}`,
      own.mismatches,
      0,
    );
  const held = other
    ? [...shareAbove(own, other, LOCK_WAITS), ...shareAbove(own, other, SLOW_STATEMENTS)]
    : [];
  const [first] = held;
  if (first) return finding("inconclusive", held.map(({ said }) => said).join("; "), first.own, first.other);
  return finding("pass", "the database shows nothing unusual about the candidate", null, null);
}

interface Share {
  readonly of: (signals: DatabaseEvidence) => readonly [part: number, all: number];
  readonly said: string;
}

const LOCK_WAITS: Share = {
  of: ({ lockWaits, sessions }) => [lockWaits, sessions],
  said: "sessions wait for a lock",
};
const SLOW_STATEMENTS: Share = {
  of: ({ slowStatements, statements }) => [slowStatements, statements],
  said: "statements are slow",
};

function shareAbove(own: DatabaseEvidence, other: DatabaseEvidence, { of, said }: Share) {
  const [[part, all], [otherPart, otherAll]] = [of(own), of(other)];
  if (all < LEAST_SAMPLES || otherAll < LEAST_SAMPLES) return [];
  const [share, usual] = [part / all, otherPart / otherAll];
  const line = Math.max(usual * RELATIVE, usual + NEGLIGIBLE);
  if (share <= line) return [];
  return [
    {
      own: share,
      other: usual,
      said: `${percent(share)} of the candidate's ${said}, against ${percent(usual)} of the baseline's, limit ${percent(line)}`,
    },
  ];
}

const finding = (
  verdict: Finding["verdict"],
  sentence: string,
  candidate: number | null,
  baseline: number | null,
): Finding => ({
  metric: "database",
  verdict,
  sentence,
  baseline,
  candidate,
  upperBound: null,
  limit: null,
  evidence: null,
  proof: null,
  requestsMissing: null,
});
