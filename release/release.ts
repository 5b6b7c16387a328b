/** The two colours an application runs in. */
export const COLOURS = ["blue", "green"] as const;
export type Colour = (typeof COLOURS)[number];

export const STRATEGIES = ["blue-green", "canary", "rolling"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** Every phase, with one line of meaning each. */
export const PHASES = {
  stable: "one version serves, the schema is exactly what it needs",
  expand: "the schema gains what the new version needs; triggers keep both forms in step",
  backfill: "every existing row is carried over to the new form and verified",
  deploy: "the new version runs beside the old one, private, tested and warmed up",
  canary: "a share of the public traffic goes to the new version",
  switch: "all traffic goes to the new version, the old one stays warm",
  roll: "the pods are replaced one by one by the new version",
  retire: "the old version is parked after a proof that it serves nobody",
  contract: "what only the old version needed is archived and dropped",
} as const;
export type Phase = keyof typeof PHASES;
export const PHASE_NAMES = Object.keys(PHASES) as readonly Phase[];

/** Plain JSON, as stored in the stack's state. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What JSON holds of a value, so that what is stored equals what is read back. */
export const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

/** What a colour runs: a version, its image by digest, and the newest migration it needs (null: no database). */
export interface Slot {
  readonly colour: Colour;
  readonly version: string;
  readonly image: string;
  readonly schema: string | null;
}

interface Frame {
  readonly strategy: Strategy;
  /** Percentages of public traffic a canary climbs, ascending. */
  readonly rungs: readonly number[];
  /** Ids of the migrations that the program knows, in order. */
  readonly migrations: readonly string[];
  /** All other settings, by config key; they may change in `stable` only. */
  readonly settings: { readonly [key: string]: Json };
}

/** One version serves; `to` is what the idle colour's config says, if anything. */
export type StableRelease = Frame & {
  readonly phase: "stable";
  readonly from: Slot;
  readonly to: Slot | null;
};

/** On the way from one slot to the other. */
export type MovingRelease = Frame & { readonly from: Slot; readonly to: Slot } & (
    | { readonly phase: Exclude<Phase, "stable" | "canary"> }
    | { readonly phase: "canary"; readonly weight: number }
  );

/**
 * A release as parsed from config. `from` is the slot that was active at its start, `to` the one that
 * takes over: config names the active colour, which is `to` from the switch (or the roll) on.
 */
export type Release = StableRelease | MovingRelease;

/** Phases in which config's `active` already names the new colour. */
const AFTER_SWITCH: readonly Phase[] = ["switch", "retire", "contract", "roll"];

export const other = (colour: Colour): Colour => (colour === "blue" ? "green" : "blue");

/** True where config's `active` names the slot that the release goes to. */
export const isAfterSwitch = (phase: Phase): boolean => AFTER_SWITCH.includes(phase);

/** The slot that config calls active: all public traffic, or all but the canary's weight, is its. */
export const activeSlot = (release: Release): Slot =>
  release.phase !== "stable" && isAfterSwitch(release.phase) ? release.to : release.from;

/** The other slot, null where config names none. */
export const idleSlot = (release: Release): Slot | null =>
  release.phase !== "stable" && isAfterSwitch(release.phase) ? release.from : release.to;

/** The slot of a colour, null where config names none. */
export const slotOf = (release: Release, colour: Colour): Slot | null =>
  release.from.colour === colour ? release.from : release.to;

/** A schema's place in the order of migrations; no schema at all comes before the first. */
const schemaOrder = (release: Release, schema: string | null): number =>
  schema === null ? -1 : release.migrations.indexOf(schema);

/** The migrations that lie between the two slots' schemas, in the order in which they are applied or taken back; empty without a schema change. */
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

/** True where the slot that takes over needs an older schema than the one that serves: migrations are taken back. */
export const needsOlderSchema = (release: Release): boolean =>
  release.to !== null && schemaOrder(release, release.to.schema) < schemaOrder(release, release.from.schema);

/** True where config has a `database` for the application. */
export const hasDatabase = (release: Release): boolean => (release.settings["database"] ?? null) !== null;
