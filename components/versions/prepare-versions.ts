import * as pulumi from "@pulumi/pulumi";
import { driftOf } from "../../manifests/drift.ts";
import { withFixedImages } from "../../manifests/fixed-images.ts";
import type { ManifestObject } from "../../manifests/kube-object.ts";
import { versionFromFiles, type VersionFromFiles } from "../../manifests/version-from-files.ts";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import type { Config } from "../../protocol/config/config-schema.ts";
import { askDigests, type AskDigests } from "../../protocol/registry/ask-digests.ts";
import { contentsOf, isRecordOf, unpack, type ColourRecord } from "../../protocol/state/colour-record.ts";
import { preparedColour } from "../../release/moves/prepared-colour.ts";
import { withLogins } from "../../release/database/logins.ts";
import { withContents } from "../../release/contents.ts";
import {
  activeSlot,
  idleSlot,
  isMoving,
  slotOf,
  type Colour,
  type Release,
  type Slot,
} from "../../release/release.ts";
import type { Past, Records } from "../past.ts";
import { recordOf } from "./record-of.ts";
import { missingPasswords } from "../config/passwords.ts";
import type { Settings } from "../config/read-config.ts";
import { passwordUses } from "./password-uses.ts";
import { configProblems } from "./config-problems.ts";
import { withRecovered } from "./recovered-records.ts";
import { simpleVersionOf } from "./simple-version-of.ts";

type ProgramConfig = Omit<Config, "databasePasswords">;

/** What the colours of a stage consist of, and what they were prepared from. */
export interface Versions {
  /** The release, each slot with the digest of its record. */
  readonly release: Release;
  /** The records to keep in this stage. */
  readonly records: Records;
  /** Of the records' digests. */
  readonly key: string;
  readonly of: (slot: Slot) => VersionObjects;
  /** Why the next version cannot be prepared. */
  readonly problems: readonly string[];
  /** What people should know, in a line each. */
  readonly notes: readonly string[];
  /** The objects of the files that a version is prepared from in this stage; empty: from none. */
  readonly files: readonly ManifestObject[];
}

/** What the program knows from config, as far as versions depend on it. */
export type PreparedFrom = Pick<Settings, "config" | "asked" | "unsafePassword" | "passwordsOf">;

/**
 * Decides what each colour is made from. The one that is prepared in this stage: from the
 * manifests, or from config where it names none. Every other: from its own record, whatever the
 * files say now.
 *
 * @param ask asks registries for the images of a version that is prepared from new files
 */
export async function prepareVersions(
  from: PreparedFrom,
  found: Past,
  ask: AskDigests = askDigests,
): Promise<Versions> {
  const { config, asked, passwordsOf } = from;
  const release = withLogins(asked, found.completed?.release ?? null);
  const isLost = config.recover && !found.completed && config.manifests !== "";
  const past = isLost ? await withRecovered(found, release, config) : found;
  const { completed, entered, key } = past;
  const left = entered && entered.attempt !== completed?.attempt ? entered.release : null;
  const colour = preparedColour(release, completed?.release ?? null, left);
  const kept = { ...keptRecords(release, past), ...adopted(config, release, past) };
  const slot = colour && slotOf(release, colour);
  const prepared = slot && (await prepare(from, slot, key, kept[slot.colour] ?? null, ask));
  const { [colour ?? "blue"]: _, ...others } = kept;
  const records: Records =
    colour === null
      ? kept
      : prepared?.record
        ? { ...others, [colour]: sameOr(kept[colour], prepared.record) }
        : others;
  const named = withContents(release, contentsOf(records));
  return {
    release: named,
    records,
    key,
    of: (slot) => objectsOf(config, records[slot.colour], slot),
    problems: [
      ...headed(config, slotOf(release, colour ?? "blue"), prepared?.problems ?? []),
      ...missingPasswords(release, passwordsOf),
      ...lostRecords(named, records, colour, [completed?.release, left]),
    ],
    files: prepared?.files ?? [],
    notes: prepared ? prepared.notes : await drift(config, named, records, key),
  };
}

/** The records of what serves, or may serve again; in `stable` the idle colour's is forgotten. */
function keptRecords(release: Release, { records }: Past): Records {
  const idle = isMoving(release) ? idleSlot(release) : null;
  return Object.fromEntries(
    [activeSlot(release), ...(idle ? [idle] : [])].flatMap(({ colour }) => {
      const record = records[colour];
      return record ? [[colour, record] as const] : [];
    }),
  );
}

/**
 * Where config has come to name manifests, what serves stays what config said of it until then.
 */
function adopted(config: ProgramConfig, release: Release, past: Past): Records {
  const before = past.completed?.release;
  const slot = activeSlot(release);
  const isSimple = before && activeSlot(before).content === undefined && config.manifests !== "";
  if (!isSimple || activeSlot(before).colour !== slot.colour) return {};
  const settings = before.settings as unknown as Pick<ProgramConfig, "app" | "traffic" | "database">;
  const objects = simpleVersionOf({ ...config, ...settings }, activeSlot(before));
  return { [slot.colour]: recordOf(past.key, activeSlot(before), config.app.name, objects) };
}

/**
 * Colours that were prepared from manifests, as the marks of stages say, and whose record is gone:
 * they must not be made from config instead.
 */
function lostRecords(
  release: Release,
  records: Records,
  prepared: Colour | null,
  stages: readonly (Release | null | undefined)[],
): string[] {
  const needed = isMoving(release) ? [release.from, release.to] : [release.from];
  return needed.flatMap(({ colour, version }) => {
    const had = stages.some((stage) => {
      const slot = stage && slotOf(stage, colour);
      return slot?.version === version && slot.content !== undefined;
    });
    if (!had || colour === prepared || records[colour]) return [];
    return [
      `Cannot make ${colour} as the record of what ${version} was prepared from is missing in the stack's state. ` +
        `A copy is in the cluster, in a Secret named after the application with "record-${colour}"; restore the state from a backup, or start a new one with zero-downtime:recover.`,
    ];
  });
}

/** What comes of a preparation; no record where config describes it, or there are problems. */
interface PreparedRecord extends Pick<VersionFromFiles, "problems" | "notes" | "files"> {
  readonly record: ColourRecord | null;
}

async function prepare(
  { config, unsafePassword }: PreparedFrom,
  slot: Slot,
  key: string,
  kept: ColourRecord | null,
  ask: AskDigests,
): Promise<PreparedRecord> {
  if (config.manifests === "") return { record: null, problems: [], notes: [], files: [] };
  const described = await versionFromFiles(config, slot, { project: process.cwd(), key });
  const prepared = await withFixedImages(described, { images: config.images, key, kept, ask });
  const { objects, images } = prepared;
  // Pods that log in by themselves have a password of their own under that name.
  const unsafe =
    objects && slot.logins === undefined ? unsafePassword(slot.colour, passwordUses(objects)) : null;
  const problems = [
    ...prepared.problems,
    ...(objects ? configProblems(config, objects) : []),
    ...(unsafe === null ? [] : [unsafe]),
  ];
  const record =
    objects && problems.length === 0 ? recordOf(key, slot, config.app.name, objects, images) : null;
  return { ...prepared, problems, record };
}

/** The problems of the files, under what was attempted. */
const headed = ({ manifests }: ProgramConfig, slot: Slot | null, problems: readonly string[]): string[] =>
  problems.length === 0
    ? []
    : [
        `Cannot prepare ${slot?.version ?? "a version"} from ${manifests}:`,
        ...problems.map((line) => `  ${line}`),
      ];

/** A record of the same is left alone, as it is in the state. */
const sameOr = (kept: ColourRecord | undefined, record: ColourRecord): ColourRecord =>
  kept?.digest === record.digest && kept.version === record.version && kept.schema === record.schema
    ? kept
    : record;

/** What the files say now, if that is not what a version was prepared from last. */
async function drift(
  config: ProgramConfig,
  release: Release,
  records: Records,
  key: string,
): Promise<string[]> {
  if (config.manifests === "") return [];
  const slot = (isMoving(release) ? release.to : null) ?? release.from;
  const record = records[slot.colour];
  if (!record) return [];
  const now = await versionFromFiles(config, slot, { project: process.cwd(), key });
  const words = driftOf(config, slot.version, { ...record, objects: unpackedObjects(record) }, now);
  return words === null ? [] : [words];
}

function objectsOf(config: ProgramConfig, record: ColourRecord | undefined, slot: Slot): VersionObjects {
  if (!record) return simpleVersionOf(config, slot);
  if (!isRecordOf(record, slot))
    throw new pulumi.RunError(
      `Cannot make ${slot.colour} as it was prepared as ${record.version} and config names ${slot.version}. Nothing was changed.`,
    );
  return unpackedObjects(record);
}

/** The program packed them itself. */
const unpackedObjects = ({ objects }: ColourRecord): VersionObjects =>
  unpack(objects) as unknown as VersionObjects;
