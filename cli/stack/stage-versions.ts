import { driftOf } from "../../manifests/drift.ts";
import { withFixedImages } from "../../manifests/fixed-images.ts";
import { versionFromFiles } from "../../manifests/version-from-files.ts";
import { askDigests, type AskDigests } from "../../protocol/registry/ask-digests.ts";
import { contentsOf } from "../../protocol/state/colour-record.ts";
import { isRepeated, preparedColour } from "../../release/moves/prepared-colour.ts";
import { activeSlot, isMoving, slotOf, type Release, type Slot } from "../../release/release.ts";
import { Trouble } from "../cli-error.ts";
import { driftWords, preparedWords, type PreparedWords, type VersionWords } from "../moves/version-words.ts";
import { filesConfigOf } from "./files-config.ts";
import type { Project } from "./project.ts";
import { readRecorded, type RecordedVersions } from "./recorded-versions.ts";
import type { Known } from "./stack-config.ts";
import { unfinished, type Past } from "./stack-state.ts";

/** A stack's config, as text and as far as `zd` reads it. */
export interface StackConfig {
  readonly project: Project;
  readonly text: string;
  readonly known: Known;
}

/**
 * What a stage does with the application's manifests: which version it prepares, or in what they
 * differ from the one that it leaves as it is. Null where there is nothing to say.
 *
 * @param ask asks registries for the images of a version that is prepared from new files
 * @throws {Trouble} where the stage prepares a version and the files cannot be released
 */
export async function readVersionWords(
  stack: StackConfig,
  past: Past,
  next: Release,
  ask: AskDigests = askDigests,
): Promise<VersionWords | null> {
  const { project, text, known } = stack;
  if (known.manifests === "") return null;
  const slot = preparedSlot(past, next);
  if (!slot) return driftOfStage(stack, past, next);
  const { recorded, why } = await readRecordedOf(project, past);
  const config = filesConfigOf(text, project.configFile);
  const { key } = recorded;
  const described = await versionFromFiles(config, slot, { project: project.folder, key });
  const kept = recorded.versions[slot.colour] ?? null;
  const fixed = await withFixedImages(described, { images: config.images, key, kept, ask });
  const { objects, problems, added, notes } = fixed;
  if (!objects && isRepeated(next, unfinished(past), contentsOf(past.records)))
    return driftOfStage(stack, past, next);
  if (!objects) throw notReleased(config.manifests, slot, problems);
  const { manifests, app } = config;
  const serving = why === null ? servingIn(past, recorded) : { why };
  return preparedWords({ manifests, app: app.name, slot, objects, added, notes, serving });
}

async function driftOfStage(stack: StackConfig, past: Past, next: Release): Promise<VersionWords | null> {
  const drift = await readDrift(stack, past, next);
  return drift === null ? null : driftWords(drift);
}

/**
 * In what the manifests differ from the version that was prepared from them last, in a sentence;
 * null where they do not, or where none was.
 *
 * @param release the stage that is entered, or where the release stands
 * @throws {Trouble} where the state cannot be decrypted
 */
export async function readDrift(
  { project, text, known }: StackConfig,
  past: Past,
  release: Release,
): Promise<string | null> {
  const slot = (isMoving(release) ? release.to : null) ?? release.from;
  if (known.manifests === "" || !past.records[slot.colour]) return null;
  const recorded = await readRecorded(project);
  const record = recorded.versions[slot.colour];
  if (record?.version !== slot.version) return null;
  const config = filesConfigOf(text, project.configFile);
  const files = await versionFromFiles(config, slot, { project: project.folder, key: recorded.key });
  // The next attempt in this stage, which finds it completed.
  const isNext = preparedColour(release, release, null, contentsOf(past.records)) === slot.colour;
  const when = isNext ? "with the next up of this stage" : "with the next version";
  return driftOf(config, slot.version, record, files, when);
}

/** The slot that a stage prepares from the manifests; null where it prepares none. */
function preparedSlot(past: Past, next: Release): Slot | null {
  const { completed, records } = past;
  const colour = preparedColour(next, completed?.release ?? null, unfinished(past), contentsOf(records));
  return colour && slotOf(next, colour);
}

const NOTHING_RECORDED: RecordedVersions = { versions: {}, key: null };

/** What is recorded, or why that is not known. */
async function readRecordedOf(project: Project, { records }: Past) {
  if (Object.keys(records).length === 0) return { recorded: NOTHING_RECORDED, why: null };
  try {
    return { recorded: await readRecorded(project), why: null };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { recorded: NOTHING_RECORDED, why: `not compared with what serves: ${error.message}` };
  }
}

function servingIn({ completed }: Past, { versions }: RecordedVersions): PreparedWords["serving"] {
  if (!completed) return { why: "nothing serves yet" };
  const { colour, version } = activeSlot(completed.release);
  const record = versions[colour];
  if (record?.version !== version) return { why: `${version}, which serves, was described by config` };
  return record;
}

const notReleased = (manifests: string, { version }: Slot, problems: readonly string[]): Trouble =>
  new Trouble(
    "refused",
    [`Cannot prepare ${version} from ${manifests}:`, ...problems.map((problem) => `  ${problem}`)].join("\n"),
    "Mend the files; nothing was changed.",
  );
