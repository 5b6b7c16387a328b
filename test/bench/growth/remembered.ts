import { parseExposition } from "../../../jobs/guard/exposition.ts";
import { afterLook, begin, type Memory, type Sight } from "../../../jobs/guard/guard-state.ts";
import { isWantedBy, sampleOf } from "../../../jobs/guard/sample.ts";
import type { GuardSettings } from "../../../protocol/jobs/guard-settings.ts";
import { entranceGiving } from "../../jobs/guard/watched-double.ts";
import { metricsPage, podName } from "./pods-double.ts";

/** By then a guard has noted each pod's CPU and memory as often as it ever does. */
export const REMEMBERED_SECONDS = 240;
const EVERY_SECONDS = 5;

/** What a guard knows that has watched so many pods for so long, up to now. */
export function remembered(settings: GuardSettings, pods: number, now: number): Memory {
  const begunAt = now - REMEMBERED_SECONDS * 1000;
  let memory = begin(null, settings, begunAt);
  for (let passed = 0; passed <= REMEMBERED_SECONDS; passed += EVERY_SECONDS)
    memory = afterLook(memory, sightOf(settings, pods, begunAt, passed), settings);
  return memory;
}

function sightOf(settings: GuardSettings, pods: number, begunAt: number, passed: number): Sight {
  const page = parseExposition(metricsPage(passed), isWantedBy(settings.metrics));
  const sample = sampleOf(page, settings.metrics);
  const sees = (colour: "blue" | "green") => {
    const alive = Array.from({ length: Math.ceil(pods / 2) }, (_, at) => podName(colour, at));
    const seen = alive.map((name) => ({ name, restarts: 0, createdAt: begunAt - 3_600_000, sample }));
    return { seen, alive, ready: alive.length, unread: [], restarts: {} };
  };
  return {
    at: begunAt + passed * 1000,
    entrances: [entranceGiving({ blue: 95, green: 5 })],
    active: sees("blue"),
    candidate: sees("green"),
    database: { active: null, candidate: null },
    problems: [],
  };
}
