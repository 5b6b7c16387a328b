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

const otherTable = z.strictObject({
  name: name.describe("The table, without its schema."),
  key: names.describe("Its primary key, in the order of the mapping's key, which it references."),
});

const mapping = z.strictObject({
  table: name.describe("The table, without its schema: the release names that."),
  key: names.describe("The column or columns of its primary key (or of a unique key without NULL)."),
  old: names.describe(
    "The column or columns that the old version reads and writes, in the order of toNew's arguments.",
  ),
  newTable: otherTable
    .optional()
    .describe(
      "Where the new columns live when not in `table`: a table that expand.sql creates, with at most one row for each row of `table`. There is a row where toNew gives any value; where there is none, toOld is given NULL for every column.",
    ),
  oldTable: otherTable
    .optional()
    .describe(
      "The same of the old columns, in the way back of such a mapping. Not for migrations of your own.",
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
  replication: z
    .literal("prepared")
    .optional()
    .describe(
      "Says that logical replication is prepared for this migration: every subscriber has the new columns and tables and lets the old columns be NULL, and a publisher that writes into the tables will have stopped to send what contract.sql drops.",
    ),
});

/** One of the two forms. */
export type Side = "old" | "new";

/** One pair of forms in which two versions of the application know the same data. */
export interface Mapping {
  readonly table: string;
  readonly key: readonly string[];
  readonly old: readonly string[];
  readonly new: readonly NewColumn[];
  readonly toNew: string;
  readonly toOld: string;
  readonly roundTrip: "refuse" | "archive";
  /** Where one side lives when not in `table`; both do when there is none. */
  readonly other?: OtherTable;
}

/** A table that has, under the same key, at most one row for each row of the mapping's own. */
export interface OtherTable {
  readonly side: Side;
  readonly table: string;
  /** Its columns stand in the order of the mapping's key. */
  readonly key: readonly string[];
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
  /**
   * Whether somebody has prepared subscribers and publishers for what the migration adds and drops.
   */
  readonly replication?: "prepared" | undefined;
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
  const errors = parsed.data.mappings.flatMap(({ newTable, oldTable }, index) =>
    newTable && oldTable
      ? [`migration.yaml: mappings.${index}: only one side can live in another table: newTable or oldTable`]
      : [],
  );
  const mappings = parsed.data.mappings.map(({ newTable, oldTable, ...mapping }): Mapping => {
    const other = otherOf(newTable, "new") ?? otherOf(oldTable, "old");
    return {
      ...mapping,
      new: Object.entries(mapping.new).map(([column, need]) => ({
        name: column,
        required: need === "required",
      })),
      ...(other === null ? {} : { other }),
    };
  });
  errors.push(...mappings.flatMap(contradictions));
  return errors.length > 0
    ? { errors }
    : { manifest: { description: parsed.data.description, mappings, replication: parsed.data.replication } };
}

/** The JSON Schema of migration.yaml, for editors. */
export function manifestJsonSchema(): unknown {
  return z.toJSONSchema(manifestSchema, { io: "input" });
}

function otherOf(given: z.output<typeof otherTable> | undefined, side: Side): OtherTable | null {
  return given === undefined ? null : { side, table: given.name, key: given.key };
}

/** The table and key of one side. */
export function homeOf({ table, key, other }: Mapping, side: Side): Pick<Mapping, "table" | "key"> {
  return other?.side === side ? other : { table, key };
}

/** The tables of a mapping with their keys: its own, then the other one. */
export function homesOf({ table, key, other }: Mapping): readonly Pick<Mapping, "table" | "key">[] {
  return other === undefined ? [{ table, key }] : [{ table, key }, other];
}

/** The names of one side's columns. */
export function columnsOf(mapping: Mapping, side: Side): readonly string[] {
  return side === "old" ? mapping.old : mapping.new.map((column) => column.name);
}

/** The columns of a table that a mapping speaks of as values. */
export function mappedIn(mapping: Mapping, table: string): readonly string[] {
  return (["old", "new"] as const).flatMap((side) =>
    homeOf(mapping, side).table === table ? columnsOf(mapping, side) : [],
  );
}

/** The tables of a mapping: its own, then the other one. */
export function tablesOfMapping(mapping: Mapping): readonly string[] {
  return homesOf(mapping).map(({ table }) => table);
}

function contradictions(mapping: Mapping, index: number): string[] {
  const place = `migration.yaml: mappings.${index}`;
  const { other } = mapping;
  const created = columnsOf(mapping, "new");
  const errors = [];
  const both = other ? [] : mapping.old.filter((column) => created.includes(column));
  if (both.length > 0) errors.push(`${place}: a column cannot be old and new at once: ${both.join(", ")}`);
  if (other?.table === mapping.table)
    errors.push(
      `${place}.${other.side}Table: leave it out, as it is the mapping's own table: ${other.table}`,
    );
  else if (other && other.key.length !== mapping.key.length)
    errors.push(
      `${place}.${other.side}Table.key: must have a column for each of the key ${mapping.key.join(", ")}: it has ${other.key.join(", ")}`,
    );
  const keys = [
    ...mapping.key.filter((column) => mappedIn(mapping, mapping.table).includes(column)),
    ...(other?.key.filter((column) => mappedIn(mapping, other.table).includes(column)) ?? []),
  ];
  if (keys.length > 0) errors.push(`${place}: a mapped column cannot be part of the key: ${keys.join(", ")}`);
  if (new Set(mapping.old).size < mapping.old.length) errors.push(`${place}.old: a column stands twice`);
  if (mapping.toNew === mapping.toOld)
    errors.push(`${place}: toNew and toOld must be two functions: ${mapping.toNew}`);
  return errors;
}
