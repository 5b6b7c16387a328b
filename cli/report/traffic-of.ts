import { GUARD_MANAGER, PROGRAM_MANAGER, ZD_MANAGER } from "../../protocol/field-managers.ts";
import { hasWeight, isAfterSwitch } from "../../release/phases.ts";
import type { Colour } from "../../release/release.ts";
import type { PastUp } from "../stack/history.ts";
import type { Answer } from "../moves/status.ts";
import type { LastRelease } from "./last-release.ts";
import type { ReportData, Share, Side } from "./report-data.ts";
import type { Recorded } from "./recorded.ts";
import type { Watch } from "../../protocol/state/guard-record.ts";

/** Who signs what at the entrance, in words. */
const WRITERS: Readonly<Record<string, string>> = {
  [GUARD_MANAGER]: "the guard",
  [ZD_MANAGER]: "zd rollback",
  [PROGRAM_MANAGER]: "the up",
};

const writerWords = (manager: string): string => WRITERS[manager] ?? manager;

/**
 * What the guard saw at the entrance, and between its watches what each completed up was
 * to write there.
 */
export function trafficOf(
  { ups }: LastRelease,
  old: Side | null,
  next: Side | null,
  watch: Answer<Watch | null>,
  { seen: now, madeAt }: Pick<Recorded, "seen" | "madeAt">,
): ReportData["traffic"] {
  if (!old) return { unknown: "No stage is recorded that tells which version served." };
  if (ups.at(-1)?.config["strategy"] === "rolling")
    return {
      unknown: "In a rolling release each pod that is replaced takes its share along, which nobody records.",
    };
  const planned = ups.flatMap((up) => plannedIn(up, old, next));
  const seen = ("found" in watch ? watch.found?.memory?.course?.shares : undefined) ?? [];
  const shares = [
    ...planned,
    ...seen.map(({ at, candidate, by }) =>
      split(new Date(at).toISOString(), candidate, writerWords(by), old, next),
    ),
  ];
  const last: Share[] = now
    ? [
        {
          at: madeAt,
          by: `${now.by === null ? "nobody known" : writerWords(now.by)}, at some time before the report`,
          percent: { blue: now.blue, green: now.green },
        },
      ]
    : [];
  const ordered = [...shares.sort((one, two) => (one.at < two.at ? -1 : 1)), ...last];
  // The guard sees what an up has written before that up ends: the same share once more
  // is no change.
  return { found: ordered.filter((share, at) => at === 0 || !isSame(share, ordered[at - 1])) };
}

const isSame = (one: Share, two: Share | undefined): boolean =>
  two !== undefined &&
  (["blue", "green"] as const).every((colour) => (one.percent[colour] ?? 0) === (two.percent[colour] ?? 0));

function plannedIn({ at, seconds, outcome, place }: PastUp, old: Side, next: Side | null): Share[] {
  if (!place || outcome !== "completed") return [];
  const end = new Date(Date.parse(at) + (seconds ?? 0) * 1000).toISOString();
  const servesNew = place.phase === "stable" ? place.active !== old.colour : isAfterSwitch(place.phase);
  const candidate = hasWeight(place.phase) ? (place.weight ?? 0) : servesNew ? 100 : 0;
  return [split(end, candidate, "the up", old, next)];
}

function split(at: string, candidate: number, by: string, old: Side, next: Side | null): Share {
  const percent: Partial<Record<Colour, number>> = { [old.colour]: 100 - candidate };
  if (next) percent[next.colour] = candidate;
  return { at, by, percent };
}
