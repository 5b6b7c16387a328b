import type { Config } from "../protocol/config/config-schema.ts";
import { databaseEnvironment } from "../protocol/database-environment.ts";
import { keyedDigest, MOST_PACKED_BYTES, pack } from "../protocol/state/colour-record.ts";
import { asJson, type Json, type Slot } from "../release/release.ts";
import type { SortOptions } from "./application.ts";
import {
  describeFinding,
  titleOf,
  type KubeObject,
  type ManifestObject,
  type Source,
} from "./kube-object.ts";
import { taggedImages, type TaggedImage } from "./prepare/other-images.ts";
import { prepareVersion } from "./prepare/prepare-version.ts";
import { readManifests } from "./read/read-manifests.ts";
import { sortObjects } from "./sort/sort-objects.ts";
import type { Addition, VersionObjects } from "./version-objects.ts";

/** What the files give for a slot. */
export interface VersionFromFiles {
  /** Null where they cannot be released. */
  readonly objects: VersionObjects | null;
  /** Why they cannot, a line each; empty where they can. */
  readonly problems: readonly string[];
  /** What is left out, and what people should know, a line each. */
  readonly notes: readonly string[];
  readonly added: readonly Addition[];
  /** The objects as they are in the files, for whoever has to name a place there. */
  readonly files: readonly ManifestObject[];
  /** Images beside the version's own that the files name by a tag. */
  readonly tagged: readonly (TaggedImage & { readonly source: Source })[];
}

/** What the files are read and prepared by. */
export type FilesConfig = Pick<
  Config,
  | "namespace"
  | "manifests"
  | "replicas"
  | "services"
  | "unversioned"
  | "shared"
  | "ignore"
  | "images"
  | "database"
> & {
  readonly app: Pick<
    Config["app"],
    "name" | "container" | "migrates" | "preStopSeconds" | "longestRequestSeconds" | "minReadySeconds"
  >;
};

/** The part of config that tells what each object is. */
export const sortOptions = ({
  app,
  namespace,
  services,
  unversioned,
  shared,
  ignore,
}: FilesConfig): SortOptions => ({
  ...{ namespace, services, unversioned, shared, ignore },
  app: app.name,
  container: app.container,
  migrates: app.migrates === "allowed",
});

/**
 * The version of a slot as the manifests describe it now.
 *
 * @param project folder that the config's paths are relative to
 * @param key of the stack, for digests in names; null: there is none yet, and names are shown with
 *   `<suffix>` in place of one
 */
export async function versionFromFiles(
  config: FilesConfig,
  slot: Slot,
  { project, key }: { readonly project: string; readonly key: string | null },
): Promise<VersionFromFiles> {
  const { app, namespace, ignore } = config;
  const read = await readManifests(config.manifests, { project, ignore });
  const sorted = sortObjects(read.objects, sortOptions(config));
  const refusals = [...read.refusals, ...(read.refusals.length > 0 ? [] : sorted.refusals)];
  const notes = [...read.notes, ...sorted.notes].map(describeFinding);
  if (refusals.length > 0 || !sorted.application)
    return {
      objects: null,
      problems: refusals.map(describeFinding),
      notes,
      added: [],
      files: read.objects,
      tagged: [],
    };
  const { web } = sorted.application;
  const prepared = prepareVersion(sorted.application, {
    app: app.name,
    namespace,
    slot,
    environment: environmentOf(config, slot),
    preStopSeconds: app.preStopSeconds,
    longestRequestSeconds: app.longestRequestSeconds,
    minReadySeconds: app.minReadySeconds,
    replicas: config.replicas,
    digestOf: (content: Json) => (key === null ? "<suffix>" : keyedDigest(key, content)),
  });
  const problems = [...prepared.refusals.map(describeFinding), ...tooLarge(prepared.objects)];
  return {
    objects: problems.length > 0 ? null : prepared.objects,
    problems,
    notes: [...notes, ...prepared.notes.map(describeFinding)],
    added: prepared.added,
    files: read.objects,
    tagged: taggedImages(prepared.objects).map((one) => ({ ...one, source: web.sourceOf(one.path) })),
  };
}

/** The variables that let the pods of a slot log in; null where they have a login of their own. */
const environmentOf = ({ app, database }: FilesConfig, { colour, logins }: Slot) =>
  database && logins === undefined ? databaseEnvironment(database, app.name, colour) : null;

/** What a record can hold; a Secret of the cluster keeps a copy of it. */
function tooLarge(objects: VersionObjects): string[] {
  const bytes = pack(asJson(objects)).length;
  if (bytes <= MOST_PACKED_BYTES) return [];
  const sizes = [...objects.versioned, ...objects.shared]
    .map((object) => ({ title: titleOf(object), bytes: packedBytes(object) }))
    .sort((one, two) => two.bytes - one.bytes);
  const biggest = sizes.slice(0, 3).map(({ title, bytes }) => `${title} ${kilobytes(bytes)}`);
  return [
    `The objects take ${kilobytes(bytes)} compressed, and a version's record holds ${kilobytes(MOST_PACKED_BYTES)} at most. ` +
      `The biggest: ${biggest.join(", ")}. Move large files into the image or a volume, or leave the object out with zero-downtime:ignore and write it yourself`,
  ];
}

const packedBytes = (object: KubeObject): number => pack(object).length;

const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} KB`;
