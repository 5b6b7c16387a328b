import { z } from "zod";

/**
 * The part of an object's metadata in which the API server records who wrote which field, and when.
 */
export const managedMetadata = z.object({
  managedFields: z
    .array(
      z.object({
        manager: z.string().optional(),
        time: z.string().default(""),
        fieldsV1: z
          .looseObject({ "f:spec": z.record(z.string(), z.unknown()).default({}) })
          .default({ "f:spec": {} }),
      }),
    )
    .default([]),
});
export type ManagedMetadata = z.infer<typeof managedMetadata>;

/** The field manager that wrote a field of the spec last; null where the API server names none. */
export const lastWriter = (metadata: ManagedMetadata, field: string): string | null =>
  lastEntry(metadata, field)?.manager ?? null;

/**
 * When anybody who wrote a field of the spec last wrote anything, in milliseconds since the epoch:
 * the field is as it is since then at the latest. Null where the API server does not say.
 */
export function lastWrite(metadata: ManagedMetadata, field: string): number | null {
  const time = Date.parse(lastEntry(metadata, field)?.time ?? "");
  return Number.isNaN(time) ? null : time;
}

const lastEntry = ({ managedFields }: ManagedMetadata, field: string) =>
  managedFields
    .filter(({ fieldsV1 }) => `f:${field}` in fieldsV1["f:spec"])
    .toSorted((one, two) => one.time.localeCompare(two.time))
    .at(-1);
