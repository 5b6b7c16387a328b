import type { KnownType } from "../../known-schema.ts";
import { knownType } from "../../known-schema.ts";
import { onCommand, type Command, type Outcome, type Place, type Rule } from "../../rule.ts";
import { homeOf } from "../../../migration/manifest.ts";
import { madeName, name, typeWords, whole } from "../../sql-text.ts";

export const columnRules: readonly Rule[] = [
  onCommand(["AT_DropColumn"], "drop-column", ({ table, command }, { part, statement }) => {
    const column = command.name ?? "";
    if (part === "expand") {
      return {
        problem: {
          consequence: "destroys-data",
          table,
          why: `the old version still reads ${column}, and its values are gone for good; contract archives them first`,
          instead: `-- contract.sql\nALTER TABLE ${name(table)} DROP COLUMN ${name(column)};`,
        },
      };
    }
    if (command.behavior !== "DROP_CASCADE" || part !== "contract") return null;
    return {
      problem: {
        consequence: "destroys-data",
        table,
        why: "CASCADE drops what this file does not name",
        instead: `${whole(statement).replace(/\s+cascade\b/i, "")}\n-- and a DROP for each thing that depends on it`,
      },
    };
  }),
  onCommand(["AT_AlterColumnType"], "change-type", (command, place) => changedType(command, place)),
  onCommand(["AT_SetNotNull"], "set-not-null", ({ table, command }, { part, known }) => {
    const column = command.name ?? "";
    const constraint = madeName(table, column, "not_null");
    const safe = [
      "-- contract.sql",
      `ALTER TABLE ${name(table)} ADD CONSTRAINT ${constraint} CHECK (${name(column)} IS NOT NULL) NOT VALID;`,
      `ALTER TABLE ${name(table)} VALIDATE CONSTRAINT ${constraint};`,
      `ALTER TABLE ${name(table)} ALTER COLUMN ${name(column)} SET NOT NULL;`,
      `ALTER TABLE ${name(table)} DROP CONSTRAINT ${constraint};`,
    ].join("\n");
    if (known.isProven(table, column)) return null;
    const scans = [table];
    if (part === "expand") {
      const why = `the old version may still write a NULL to ${column}; a new column becomes NOT NULL by "required" in migration.yaml`;
      return { scans, problem: { consequence: "breaks-the-running-version", table, why, instead: safe } };
    }
    const why = `every row is checked for NULL under ACCESS EXCLUSIVE, as no validated check proves that ${column} has none`;
    return { scans, problem: { consequence: "blocks-reads-and-writes", table, why, instead: safe } };
  }),
  onCommand(
    ["AT_ColumnDefault"],
    "change-default",
    ({ table, command }, { part, known, migration, statement }) => {
      if (part !== "expand") return null;
      const column = command.name ?? "";
      const isMapped = migration.mappings.some(
        (mapping) => homeOf(mapping, "new").table === table && mapping.new.some((one) => one.name === column),
      );
      const isOwn = known.tables.get(table)?.columns.get(column)?.origin.migration === migration.id;
      if (isOwn && !isMapped) return null;
      return {
        problem: {
          consequence: "breaks-the-running-version",
          table,
          why: isMapped
            ? `a mapped column takes its value from sync.sql, and a default of ${column} would look like a value of the new version`
            : `the old version's inserts get another value for ${column}`,
          instead: `-- contract.sql\n${whole(statement)}`,
        },
      };
    },
  ),
  onCommand(["AT_SetExpression"], "change-generated", ({ table, command }) => ({
    scans: [table],
    rewrites: [table],
    problem: {
      consequence: "blocks-reads-and-writes",
      table,
      why: `${command.name ?? ""} is computed anew for every row, so the table is written anew`,
      instead: "-- add a plain column in expand.sql and map it in migration.yaml",
    },
  })),
];

function changedType({ table, command }: Command, place: Place): Outcome | null {
  const { def } = command;
  if (def === undefined || !("ColumnDef" in def)) return null;
  const column = command.name ?? "";
  const known = place.known.tables.get(table);
  const old = known?.columns.get(column)?.type;
  const wanted = knownType(def.ColumnDef.typeName);
  const words = typeWords(def.ColumnDef.typeName);
  const instead = mappedForm(table, column, words, place.known.tables.get(table)?.constraints);
  const converted = def.ColumnDef.raw_default !== undefined;
  const fits =
    converted || def.ColumnDef.collClause !== undefined ? "no" : old ? keeps(old, wanted) : guess(wanted);
  if (fits === "perhaps") {
    const why = `${words} can be had without a rewrite from some types only, and no migration here says what ${column} is now; --measure does, and the release gives up after 3 s`;
    return { problem: { consequence: "may-block", table, why, instead } };
  }
  if (fits === "in UTC") {
    const why = `without a rewrite only in a session whose TimeZone is UTC, and the application gets another type`;
    return { problem: { consequence: "may-block", table, why, instead } };
  }
  if (fits === "no") {
    const why = `${old === undefined ? "" : `from ${shown(old)} `}to ${words} writes the table and its indexes anew`;
    return {
      scans: [table],
      rewrites: [table],
      problem: { consequence: "blocks-reads-and-writes", table, why, instead },
    };
  }
  const checks = [...(known?.constraints ?? [])].filter(
    ([, { type, columns }]) => type === "CONSTR_CHECK" && columns.includes(column),
  );
  if (checks.length === 0) return null;
  const [constraint] = checks[0] ?? [""];
  const why = `check ${constraint} is on ${column}, so every row is checked again under ACCESS EXCLUSIVE`;
  const safe = [
    `ALTER TABLE ${name(table)} DROP CONSTRAINT ${name(constraint)};`,
    `ALTER TABLE ${name(table)} ALTER COLUMN ${name(column)} TYPE ${words};`,
    `ALTER TABLE ${name(table)} ADD CONSTRAINT ${name(constraint)} CHECK (…) NOT VALID; -- as it was`,
    `ALTER TABLE ${name(table)} VALIDATE CONSTRAINT ${name(constraint)};`,
  ].join("\n");
  return { scans: [table], problem: { consequence: "blocks-reads-and-writes", table, why, instead: safe } };
}

type Fit = "yes" | "no" | "perhaps" | "in UTC";

/** Whether values of the old type are, byte for byte, values of the wanted one. */
function keeps(old: KnownType, wanted: KnownType): Fit {
  if (old.isArray || wanted.isArray) return JSON.stringify(old) === JSON.stringify(wanted) ? "yes" : "no";
  const [size = Infinity, scale = 0] = old.modifiers;
  const [room = Infinity, wantedScale = 0] = wanted.modifiers;
  const isText = (type: string) => type === "text" || type === "varchar";
  if (isText(old.name) && isText(wanted.name)) {
    const most = old.name === "text" ? Infinity : size;
    return wanted.name === "text" || room >= most ? "yes" : "no";
  }
  if (old.name === "timestamp" && wanted.name === "timestamptz") return room >= size ? "in UTC" : "no";
  if (old.name === "cidr" && wanted.name === "inet") return "yes";
  if (old.name !== wanted.name) return "no";
  if (old.name === "numeric") {
    return wanted.modifiers.length === 0 || (room >= size && wantedScale === scale) ? "yes" : "no";
  }
  if (["varbit", "time", "timestamp", "timestamptz", "timetz", "interval"].includes(old.name)) {
    return room >= size ? "yes" : "no";
  }
  return JSON.stringify(old.modifiers) === JSON.stringify(wanted.modifiers) ? "yes" : "no";
}

function guess(wanted: KnownType): Fit {
  const growing = [
    "text",
    "varchar",
    "numeric",
    "varbit",
    "timestamptz",
    "timestamp",
    "time",
    "timetz",
    "inet",
  ];
  return growing.includes(wanted.name) && !wanted.isArray ? "perhaps" : "no";
}

function shown({ name: type, modifiers, isArray }: KnownType): string {
  const plain = typeWords({ names: [{ String: { sval: "pg_catalog" } }, { String: { sval: type } }] });
  return `${plain}${modifiers.length > 0 ? `(${modifiers.join(", ")})` : ""}${isArray ? "[]" : ""}`;
}

/** A new column beside the old one, kept in step by a mapping. */
function mappedForm(
  table: string,
  column: string,
  type: string,
  constraints:
    ReadonlyMap<string, { readonly type: string; readonly columns: readonly string[] }> | undefined,
): string {
  const added = madeName("new", column);
  const key = [...(constraints?.values() ?? [])].find((one) => one.type === "CONSTR_PRIMARY")?.columns ?? [
    "id",
  ];
  return [
    "-- expand.sql",
    `ALTER TABLE ${name(table)} ADD COLUMN ${added} ${type};`,
    "-- migration.yaml",
    "mappings:",
    `  - table: ${table}`,
    `    key: ${key.length === 1 ? (key[0] ?? "id") : `[${key.join(", ")}]`}`,
    `    old: ${column}`,
    `    new: { ${added}: optional }`,
    `    toNew: ${column}_to_new`,
    `    toOld: ${column}_to_old`,
    "-- contract.sql",
    `ALTER TABLE ${name(table)} DROP COLUMN ${name(column)};`,
  ].join("\n");
}
