import {
  hasWeight,
  isAfterSwitch,
  isUnderWay,
  type Phase,
  type Strategy,
  type WeightedPhase,
} from "./phases.ts";

/** The two colours an application runs in. */
export const COLOURS = ["blue", "green"] as const;
export type Colour = (typeof COLOURS)[number];

/** Plain JSON, as stored in the stack's state. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** A value as JSON holds it, so that what is stored equals what is read back. */
export const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

/** Whether a JSON value has keys. */
export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** JSON text in which the order of keys does not matter. */
export function canonical(value: Json | undefined): string {
  if (value === undefined) return "undefined";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const entries = Object.keys(value).sort();
  return `{${entries.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

/**
 * What a colour runs: a version, its image by digest, and the newest migration it needs
 * (null: no database).
 */
export interface Slot {
  readonly colour: Colour;
  readonly version: string;
  readonly image: string;
  readonly schema: string | null;
  /**
   * Digest of the manifests that the slot was prepared from. Absent: config describes it, or
   * whoever asks does not know them.
   */
  readonly content?: string;
  /**
   * Its pods log in to the database as the application does by itself, which may be one login for
   * both colours. Absent: as their colour, or there is no database.
   */
  readonly logins?: "application";
}

/**
 * All of config that is neither slot nor place, by its keys, as the state has it. The core reads
 * what has a type here; for everything else it only sees whether it changed.
 */
export interface ReleaseSettings extends JsonObject {
  readonly namespace?: string;
  readonly app?: JsonObject & { readonly name: string };
  /** Absent or null: the application has none. */
  readonly database?: DatabaseSettings | null;
  /** Seconds that the new version serves before the release goes on. */
  readonly soak?: number;
}

/** What the core reads of config's `database`. */
type DatabaseSettings = JsonObject & {
  readonly prefix?: string;
  /** Of the version that is prepared next, see `database/logins.ts`. Absent: `colour`. */
  readonly logins?: "colour" | "application";
  /** Whether the application logs in at all. Absent: it does. */
  readonly usesLogin?: boolean;
};

interface Frame {
  readonly strategy: Strategy;
  /** Percentages of public traffic a canary climbs, ascending. */
  readonly rungs: readonly number[];
  /** Ids of the migrations that the program knows, in order. */
  readonly migrations: readonly string[];
  /** All other settings; they may change in `stable` only. */
  readonly settings: ReleaseSettings;
}

/** One version serves; `to` is what the idle colour's config says, if anything. */
export type StableRelease = Frame & {
  readonly phase: "stable";
  readonly from: Slot;
  readonly to: Slot | null;
};

type Way = Frame & { readonly from: Slot; readonly to: Slot };

/** Both slots get public traffic; the candidate gets this many percent. */
export type WeightedRelease = Way & { readonly phase: WeightedPhase; readonly weight: number };

/** On the way from one slot to the other. */
export type MovingRelease =
  (Way & { readonly phase: Exclude<Phase, "stable" | WeightedPhase> }) | WeightedRelease;

/**
 * A release as parsed from config. `from` is the slot that was active at its start, `to` the one
 * that takes over: config names the active colour, which is `to` from the switch (or the roll) on.
 */
export type Release = StableRelease | MovingRelease;

export const other = (colour: Colour): Colour => (colour === "blue" ? "green" : "blue");

/** True where a release is on its way; in `stable` there is none. */
export const isMoving = (release: Release): release is MovingRelease => isUnderWay(release.phase);

/** True where the release's place has a weight. */
export const isWeighted = (release: Release): release is WeightedRelease => hasWeight(release.phase);

/** The slot that config calls active. It has all public traffic, or all but the canary's weight. */
export const activeSlot = (release: Release): Slot =>
  isMoving(release) && isAfterSwitch(release.phase) ? release.to : release.from;

/** The other slot, null where config names none. */
export const idleSlot = (release: Release): Slot | null =>
  isMoving(release) && isAfterSwitch(release.phase) ? release.from : release.to;

/** The slot of a colour, null where config names none. */
export const slotOf = (release: Release, colour: Colour): Slot | null =>
  release.from.colour === colour ? release.from : release.to;

/** A schema's place in the order of migrations; no schema at all comes before the first. */
const schemaOrder = (release: Release, schema: string | null): number =>
  schema === null ? -1 : release.migrations.indexOf(schema);

/**
 * The migrations that lie between the two slots' schemas, in the order in which they are applied or
 * taken back; empty without a schema change.
 */
export const pendingMigrations = (release: Release): readonly string[] => {
  if (release.to === null) return [];
  const from = schemaOrder(release, release.from.schema);
  const to = schemaOrder(release, release.to.schema);
  return to < from
    ? release.migrations.slice(to + 1, from + 1).reverse()
    : release.migrations.slice(from + 1, to + 1);
};

/** True where the slots of a release need different schemas. */
export const changesSchema = (release: Release): boolean =>
  release.to !== null && release.to.schema !== release.from.schema;

/**
 * True where the slot that takes over needs an older schema than the one that serves: migrations
 * are taken back.
 */
export const needsOlderSchema = (release: Release): boolean =>
  release.to !== null && schemaOrder(release, release.to.schema) < schemaOrder(release, release.from.schema);

/** True where config has a `database` for the application. */
export const hasDatabase = (release: Release): boolean => (release.settings.database ?? null) !== null;
