import { z } from "zod";
import { isOwnKey, withoutProject } from "../../protocol/names.ts";
import type { Place } from "../../release/place.ts";
import { hasWeight, PHASE_NAMES } from "../../release/phases.ts";
import { COLOURS, type Colour, type Slot } from "../../release/release.ts";
import type { Goal } from "../moves/stage-path.ts";

/** One `up` of the past. */
export interface PastUp {
  /** 1 is the oldest that Pulumi knows. */
  readonly n: number;
  readonly at: string;
  readonly seconds: number | null;
  readonly outcome: "completed" | "failed" | "under way";
  /** Null where its config named none that this version of the program knows. */
  readonly place: Place | null;
  readonly slots: Readonly<Partial<Record<Colour, Slot>>>;
  /** Of the checkout that ran it, shortened. */
  readonly commit: string | null;
  /** The checkout had edits that no commit holds. */
  readonly isDirty: boolean;
  /** What ran it, in words. */
  readonly by: string;
  /** As given with --message; by default the subject of the commit. Null where there is none. */
  readonly message: string | null;
  /** All of the project's config, secrets left out. */
  readonly config: Readonly<Record<string, unknown>>;
}

const entry = z.looseObject({
  kind: z.string(),
  startTime: z.string(),
  endTime: z.string().optional(),
  result: z.string(),
  message: z.string().optional(),
  environment: z.record(z.string(), z.string()).nullish(),
  config: z
    .record(
      z.string(),
      z.looseObject({
        value: z.unknown().optional(),
        objectValue: z.unknown().optional(),
        secret: z.boolean().optional(),
      }),
    )
    .nullish(),
});

const slot = z.looseObject({ version: z.coerce.string(), image: z.string(), schema: z.string().nullish() });
const place = z.object({
  phase: z.enum(PHASE_NAMES),
  active: z.enum(COLOURS),
  weight: z.coerce.number().optional(),
});

/**
 * The stages of the past, the oldest first, from what `pulumi stack history --json` prints.
 *
 * @param printed newest first, as Pulumi prints it
 */
export function historyOf(printed: unknown): PastUp[] {
  return z
    .array(entry)
    .parse(printed)
    .filter(({ kind }) => kind === "update")
    .reverse()
    .map(pastUp);
}

function pastUp(
  { startTime, endTime, result, message, environment, config }: z.infer<typeof entry>,
  at: number,
): PastUp {
  const values = Object.fromEntries(
    Object.entries(config ?? {}).flatMap(([key, { value, objectValue, secret }]) =>
      isOwnKey(key) && secret !== true ? [[withoutProject(key), objectValue ?? value]] : [],
    ),
  );
  const found = place.safeParse(values);
  return {
    n: at + 1,
    at: new Date(startTime).toISOString(),
    seconds: endTime === undefined ? null : secondsBetween(startTime, endTime),
    outcome: result === "succeeded" ? "completed" : result === "failed" ? "failed" : "under way",
    place: found.success ? placeFrom(found.data) : null,
    slots: Object.fromEntries(COLOURS.flatMap((colour) => slotFrom(values[colour], colour))),
    commit: environment?.["git.head"]?.slice(0, 10) ?? null,
    isDirty: environment?.["git.dirty"] === "true",
    by: runnerOf(environment ?? {}),
    message: message === undefined || message.trim() === "" ? null : message.trim(),
    config: values,
  };
}

/**
 * Pulumi records how its engine was called, in which build, and whose commit it was; not who typed.
 */
function runnerOf(environment: Readonly<Record<string, string>>): string {
  const tool = environment["exec.kind"]?.startsWith("auto") ? "zd" : "pulumi up";
  const system = environment["ci.system"];
  const author = environment["git.author"];
  return [tool, system && `in ${system}`, author && `(commit of ${author})`].filter(Boolean).join(" ");
}

const secondsBetween = (from: string, to: string): number =>
  Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));

const placeFrom = ({ phase, active, weight }: z.infer<typeof place>): Place =>
  hasWeight(phase) && weight !== undefined ? { phase, active, weight } : { phase, active };

function slotFrom(value: unknown, colour: Colour): [Colour, Slot][] {
  const parsed = slot.safeParse(typeof value === "string" ? parseJson(value) : value);
  if (!parsed.success) return [];
  const { version, image, schema } = parsed.data;
  return [[colour, { colour, version, image, schema: schema ?? null }]];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/**
 * Where a walk to a stage of the past has to end: in `stable` it does not matter what the idle
 * colour is to run.
 */
export function goalOf({ place: where, slots }: PastUp): Goal | null {
  if (!where) return null;
  if (where.phase !== "stable") return { place: where, slots };
  const active = slots[where.active];
  return { place: where, slots: active ? { [where.active]: active } : {} };
}
