import type { Verdict } from "../../release/judge/judgement.ts";
import type { CandidateRecord } from "../../release/verdict.ts";

/** What the guard has noted of an image: its verdicts by rung, or "switch". */
export const recordOf = (image: string, verdicts: Readonly<Record<string, Verdict>>): CandidateRecord => ({
  image,
  version: "2.0.0",
  watched: 5,
  stages: Object.fromEntries(
    Object.entries(verdicts).map(([watched, verdict]) => [
      watched,
      {
        number: 1,
        judgement: { verdict, sentence: "So it is.", findings: [], missing: [] },
        since: "2026-01-01T00:00:00Z",
        seconds: 60,
        allowed: null,
      },
    ]),
  ),
  failed: null,
});
