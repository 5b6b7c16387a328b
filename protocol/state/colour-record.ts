import { createHmac } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { z } from "zod";
import type { Contents } from "../../release/contents.ts";
import type { Colour, Json, Slot } from "../../release/release.ts";
import { canonical } from "../../release/release.ts";
import { entrances } from "../traffic/entrance.ts";

/**
 * What a colour consists of, as it was when its version was prepared: the colour is made from this,
 * whatever the files say meanwhile. Everything but `objects` is in clear.
 */
export const colourRecord = z.object({
  format: z.literal(1),
  version: z.string(),
  image: z.string(),
  schema: z.string().nullable(),
  /** Of {@link objects} unpacked, with the stack's key; see {@link keyedDigest}. */
  digest: z.string(),
  /** Name of the Deployment in the files. */
  web: z.string(),
  /** For whoever moves traffic without unpacking: the guard and `zd`. */
  entrances,
  /**
   * Digests that {@link objects} name where the files have a tag, by these tags: what the files say
   * now is compared with the same digests. Absent: none.
   */
  images: z.record(z.string(), z.string()).exactOptional(),
  /** Secret: the version's objects, see {@link pack}. */
  objects: z.string(),
});
export type ColourRecord = z.infer<typeof colourRecord>;

/** The digests of the records that there are. */
export const contentsOf = (
  records: Readonly<Partial<Record<Colour, Pick<ColourRecord, "digest">>>>,
): Contents => Object.fromEntries(Object.entries(records).map(([colour, { digest }]) => [colour, digest]));

/** Names of the marks that hold the records. */
export const recordMark = (colour: Colour) => `record-${colour}` as const;

/** Name of the mark with the stack's key for digests, which is secret. */
export const KEY_MARK = "record-key";

/** Whether a record is of what the slot runs. */
export const isRecordOf = (record: ColourRecord, { version, image, schema }: Slot): boolean =>
  record.version === version && record.image === image && record.schema === schema;

/**
 * A digest that tells nothing of what it is made from without the key: a plain one of a short
 * secret could be guessed. Sixteen hexadecimal digits; the order of keys in objects does not
 * matter.
 */
export const keyedDigest = (key: string, content: Json): string =>
  createHmac("sha256", key).update(canonical(content)).digest("hex").slice(0, 16);

/** The largest packed text that a record may have: a Secret holds 1 MiB, in base64 and all. */
export const MOST_PACKED_BYTES = 700 * 1024;

/** Compressed, in base64. */
export const pack = (content: Json): string =>
  gzipSync(Buffer.from(JSON.stringify(content)), { level: 9 }).toString("base64");

/** @throws {Error} where the text was not written by {@link pack} */
export const unpack = (packed: string): Json =>
  JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString("utf8")) as Json;
