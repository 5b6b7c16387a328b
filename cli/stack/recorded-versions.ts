import { z } from "zod";
import {
  colourRecord,
  KEY_MARK,
  recordMark,
  unpack,
  type ColourRecord,
} from "../../protocol/state/colour-record.ts";
import { isMark } from "../../protocol/state/marks.ts";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import { COLOURS, type Colour } from "../../release/release.ts";
import { Trouble } from "../cli-error.ts";
import { lastLine, pulumi, type Project } from "./project.ts";

/**
 * What colours were prepared from, with all that is secret of it: for comparisons in memory, never
 * to be printed.
 */
export interface RecordedVersions {
  readonly versions: Readonly<Partial<Record<Colour, RecordedVersion>>>;
  /** The stack's key, by which names are made; null before the first record. */
  readonly key: string | null;
}

/** What one colour was prepared from. */
export interface RecordedVersion extends Pick<ColourRecord, "version" | "digest" | "images"> {
  readonly objects: VersionObjects;
}

/** @throws {Trouble} where the state cannot be read, or not decrypted */
export async function readRecorded({ folder, stack }: Project): Promise<RecordedVersions> {
  const args = ["stack", "export", "--show-secrets", "--stack", stack];
  const { exitCode, stdout, stderr } = await pulumi(folder, args);
  if (exitCode === 0) return recordedIn(JSON.parse(stdout));
  throw new Trouble(
    "unreachable",
    `Cannot read what is secret in the state of stack ${stack}: ${lastLine(stderr)}`,
    "Set what decrypts it (PULUMI_CONFIG_PASSPHRASE, or a login to the key's service).",
  );
}

const exported = z.object({
  deployment: z
    .object({
      resources: z
        .array(
          z.object({
            urn: z.string(),
            /** Replaced, and not deleted yet: another one has its name. */
            delete: z.boolean().optional(),
            outputs: z.object({ input: z.unknown().optional() }).optional(),
          }),
        )
        .default([]),
    })
    .nullish(),
});

/** The records in what `pulumi stack export --show-secrets` prints. */
export function recordedIn(exportedState: unknown): RecordedVersions {
  const found = exported.parse(exportedState).deployment?.resources ?? [];
  const resources = found.filter((resource) => resource.delete !== true);
  const inputOf = (name: Parameters<typeof isMark>[1]) =>
    revealed(resources.find(({ urn }) => isMark(urn, name))?.outputs?.input);
  const versions = COLOURS.flatMap((colour) => {
    const found = colourRecord.safeParse(inputOf(recordMark(colour)));
    if (!found.success) return [];
    const { version, digest, images = {}, objects } = found.data;
    const unpacked = unpack(objects) as unknown as VersionObjects;
    return [[colour, { version, digest, images, objects: unpacked }] as const];
  });
  const key = inputOf(KEY_MARK);
  return { versions: Object.fromEntries(versions), key: typeof key === "string" ? key : null };
}

/** By this key the engine marks a secret; its value is JSON text. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";

const secret = z.object({ [SECRET_MARK]: z.string(), plaintext: z.string() });

/** A value without the frames around its secrets. */
function revealed(value: unknown): unknown {
  const found = secret.safeParse(value);
  if (found.success) return revealed(JSON.parse(found.data.plaintext));
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, revealed(one)]));
}
