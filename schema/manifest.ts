import { parseDocument } from "yaml";
import { z } from "zod";

const name = z
  .string()
  .min(1)
  .refine(
    (text) => Buffer.byteLength(text) <= 63,
    "must have at most 63 bytes, as PostgreSQL cuts longer names",
  );

const names = z.union([name.transform((one) => [one]), z.array(name).min(1)]);

const mapping = z.strictObject({
  table: name.describe("The table, without its schema: the release names that."),
  key: names.describe("The column or columns of its primary key (or of a unique key without NULL)."),
  old: names.describe(
    "The column or columns that the old version reads and writes, in the order of toNew's arguments.",
  ),
  new: z
    .record(name, z.enum(["required", "optional"]))
    .refine((columns) => Object.keys(columns).length > 0, "must name at least one column")
    .describe(
      "The columns that the new version reads and writes, in the order of toNew's results. A required one becomes NOT NULL.",
    ),
  toNew: name.describe("The function in sync.sql that makes the new columns out of the old ones."),
  toOld: name.describe("The function in sync.sql that makes the old columns out of the new ones."),
  roundTrip: z
    .enum(["refuse", "archive"])
    .default("refuse")
    .describe(
      "What to do when existing values do not survive toNew followed by toOld: refuse to expand, or go on, as the values stay in the old columns and are archived by contract.",
    ),
});

/** The format of migration.yaml. */
export const manifestSchema = z.strictObject({
  $schema: z.string().optional().describe("For editors."),
  description: z.string().min(1).describe("One line for people: what changes, and why."),
  mappings: z
    .array(mapping)
    .default([])
    .describe(
      "Columns that two versions of the application know in two forms. None for a purely additive migration.",
    ),
});

/** One pair of forms in which two versions of the application know the same data. */
export interface Mapping {
  readonly table: string;
  readonly key: readonly string[];
  readonly old: readonly string[];
  readonly new: readonly NewColumn[];
  readonly toNew: string;
  readonly toOld: string;
  readonly roundTrip: "refuse" | "archive";
}

export interface NewColumn {
  readonly name: string;
  /** Becomes NOT NULL: a validated check once filled, real in contract. */
  readonly required: boolean;
}

/** What migration.yaml says. */
export interface Manifest {
  readonly description: string;
  readonly mappings: readonly Mapping[];
}

/** Reads migration.yaml; errors are all of them, each with the place and the rule. */
export function parseManifest(
  text: string,
): { readonly manifest: Manifest } | { readonly errors: readonly string[] } {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    return {
      errors: document.errors.map(
        (error) => `migration.yaml is not YAML: ${error.message.split("\n")[0] ?? ""}`,
      ),
    };
  }
  const parsed = manifestSchema.safeParse(document.toJS());
  if (!parsed.success) {
    return {
      errors: parsed.error.issues.map(
        (issue) => `migration.yaml: ${issue.path.join(".") || "the whole"}: ${issue.message}`,
      ),
    };
  }
  const mappings = parsed.data.mappings.map((mapping) => ({
    ...mapping,
    new: Object.entries(mapping.new).map(([column, need]) => ({
      name: column,
      required: need === "required",
    })),
  }));
  const errors = mappings.flatMap(contradictions);
  return errors.length > 0 ? { errors } : { manifest: { description: parsed.data.description, mappings } };
}

/** The JSON Schema of migration.yaml, for editors. */
export function manifestJsonSchema(): unknown {
  return z.toJSONSchema(manifestSchema, { io: "input" });
}

function contradictions(mapping: Mapping, index: number): string[] {
  const place = `migration.yaml: mappings.${index}`;
  const created = mapping.new.map((column) => column.name);
  const errors = [];
  const both = mapping.old.filter((column) => created.includes(column));
  if (both.length > 0) errors.push(`${place}: a column cannot be old and new at once: ${both.join(", ")}`);
  const keys = mapping.key.filter((column) => mapping.old.includes(column) || created.includes(column));
  if (keys.length > 0) errors.push(`${place}: a mapped column cannot be part of the key: ${keys.join(", ")}`);
  if (new Set(mapping.old).size < mapping.old.length) errors.push(`${place}.old: a column stands twice`);
  if (mapping.toNew === mapping.toOld)
    errors.push(`${place}: toNew and toOld must be two functions: ${mapping.toNew}`);
  return errors;
}
