import * as pulumi from "@pulumi/pulumi";
import { driftOf } from "../../manifests/drift.ts";
import { withFixedImages } from "../../manifests/fixed-images.ts";
import type { ManifestObject } from "../../manifests/kube-object.ts";
import { versionFromFiles, type VersionFromFiles } from "../../manifests/version-from-files.ts";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import type { Config } from "../../protocol/config/config-schema.ts";
import { askDigests, type AskDigests } from "../../protocol/registry/ask-digests.ts";
import { contentsOf, isRecordOf, unpack, type ColourRecord } from "../../protocol/state/colour-record.ts";
import { isRepeated, preparedColour } from "../../release/moves/prepared-colour.ts";
import { withLogins } from "../../release/database/logins.ts";
import { withContents } from "../../release/contents.ts";
import { activeSlot, canonical, isMoving, slotOf, type Release, type Slot } from "../../release/release.ts";
import type { Past, Records } from "../past.ts";
import { recordOf } from "./record-of.ts";
import { missingPasswords } from "../config/passwords.ts";
import type { Settings } from "../config/read-config.ts";
import { passwordUses } from "./password-uses.ts";
import { configProblems } from "./config-problems.ts";
import { formChanges, type FormChange } from "./form-changes.ts";
import { keptRecords, lostRecords } from "./kept-records.ts";
import { movedObjects, type MovedObjectsArgs } from "./moved-objects.ts";
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
  const before = completed?.release ?? null;
  const kept = keptRecords(config, release, past);
  // What served when the state was lost is what its copy says.
  const isFound = isLost && kept[activeSlot(release).colour] !== undefined;
  const recorded = contentsOf(past.records);
  const due = isFound ? null : preparedColour(release, before, left, recorded);
  const dueSlot = due && slotOf(release, due);
  const tried = dueSlot && (await prepare(from, dueSlot, key, kept[dueSlot.colour] ?? null, ask));
  const stays = tried !== null && tried.problems.length > 0 && isRepeated(release, left, recorded);
  const [colour, slot, prepared] = stays ? [null, null, null] : [due, dueSlot, tried];
  const { [colour ?? "blue"]: _, ...others } = kept;
  const records: Records =
    colour === null
      ? kept
      : prepared?.record
        ? { ...others, [colour]: sameOr(kept[colour], prepared.record) }
        : others;
  const named = withContents(release, contentsOf(records));
  const of = (one: Slot) => objectsOf(config, records[one.colour], one);
  const isKnown = (one: Slot | null) => {
    const record = one && records[one.colour];
    return !record || isRecordOf(record, one);
  };
  const problems = [
    ...headed(config, slot ?? null, prepared?.problems ?? []),
    ...missingPasswords(release, passwordsOf),
    ...lostRecords(named, records, { prepared: colour, before, isLost }),
  ];
  // An edit of what serves is the gate's to refuse.
  const isToCompare = problems.length === 0 && isKnown(named.from) && (!isMoving(named) || isKnown(named.to));
  const made = isLost && slot ? [madeOfFiles(config, slot)] : [];
  return {
    release: named,
    records,
    key,
    of,
    problems: isToCompare ? changeProblems(config, { release: named, colour, before, of }) : problems,
    files: prepared?.files ?? [],
    notes: prepared ? [...made, ...prepared.notes] : await drift(config, named, records, key),
  };
}

const changeProblems = (config: ProgramConfig, change: FormChange & MovedObjectsArgs): string[] => [
  ...formChanges(config, change),
  ...movedObjects(change),
];

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

/** Of a stack whose state was lost, in `stable`: there is nothing else to go by. */
const madeOfFiles = ({ manifests }: ProgramConfig, { version }: Slot): string =>
  `The cluster has no copy of what ${version} was prepared from, so it is made of ${manifests} as it is now.`;

/** The problems of the files, under what was attempted. */
const headed = ({ manifests }: ProgramConfig, slot: Slot | null, problems: readonly string[]): string[] =>
  problems.length === 0
    ? []
    : [
        `Cannot prepare ${slot?.version ?? "a version"} from ${manifests}:`,
        ...problems.map((line) => `  ${line}`),
      ];

/** A record of the same is left alone, as it is in the state: packed by whichever machine. */
const sameOr = (kept: ColourRecord | undefined, record: ColourRecord): ColourRecord =>
  kept && isSameRecord(kept, record) ? kept : record;

/** By the objects too, as size is not in the digest. */
const isSameRecord = (one: ColourRecord, two: ColourRecord): boolean =>
  one.digest === two.digest &&
  one.version === two.version &&
  one.schema === two.schema &&
  canonical(unpack(one.objects)) === canonical(unpack(two.objects));

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
  // The next attempt in this stage, which finds it completed.
  const isNext = preparedColour(release, release, null, contentsOf(records)) === slot.colour;
  const when = isNext ? "with the next up of this stage" : "with the next version";
  const words = driftOf(config, slot.version, { ...record, objects: unpackedObjects(record) }, now, when);
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
