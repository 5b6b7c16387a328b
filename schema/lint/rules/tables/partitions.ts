import type { PartitionBoundSpec } from "libpg-query";
import { nameOf, parentsOf } from "../../../sql/parse-tree.ts";
import type { KnownSchema } from "../../known-schema.ts";
import type { Lock } from "../../lock-mode.ts";
import { onCommand, onStatement, type Outcome, type Rule } from "../../rule.ts";
import { madeName, name, whole } from "../../sql-text.ts";

const AX = "ACCESS EXCLUSIVE";

export const partitionRules: readonly Rule[] = [
  onStatement("CreateStmt", "create-partition", (table, { known, statement }) => {
    const [parent] = parentsOf(table.inhRelations);
    if (table.partbound === undefined || parent === undefined) return null;
    const fallback = defaultPartition(known, parent);
    const child = nameOf(table.relation);
    const safe = `CREATE TABLE ${name(child)} (LIKE ${name(parent)} INCLUDING ALL);\nALTER TABLE ${name(parent)} ATTACH PARTITION ${name(child)} ${boundOf(statement.sql.text)};`;
    const locks = locksOf([parent, fallback]);
    if (fallback !== null && !mayBeShown(fallback, parent, null, known)) {
      return { locks, ...searched(fallback, child, safe) };
    }
    const why = `${parent} is locked for reads and writes; attaching takes a lock that nobody notices`;
    return { locks, problem: { consequence: "may-surprise", table: parent, why, instead: safe } };
  }),
  onCommand(["AT_AttachPartition"], "attach-partition", ({ table, command }, { known, statement }) => {
    const { def } = command;
    if (def === undefined || !("PartitionCmd" in def)) return null;
    const child = nameOf(def.PartitionCmd.name);
    const fallback = defaultPartition(known, table);
    const locks = locksOf([child, fallback]);
    const isFallbackRead = fallback !== null && !mayBeShown(fallback, table, null, known);
    if (mayBeShown(child, table, def.PartitionCmd.bound ?? null, known)) {
      return isFallbackRead ? { locks, ...searched(fallback, child, whole(statement)) } : { locks };
    }
    const constraint = madeName(child, "bound");
    return {
      locks,
      scans: [child, ...(isFallbackRead ? [fallback] : [])],
      problem: {
        consequence: "blocks-reads-and-writes",
        table: child,
        why: `every row of ${child} is checked under ACCESS EXCLUSIVE, as no check proves that it belongs there`,
        instead: `ALTER TABLE ${name(child)} ADD CONSTRAINT ${constraint} CHECK (…) NOT VALID; -- what the bound says, and that the key IS NOT NULL\nALTER TABLE ${name(child)} VALIDATE CONSTRAINT ${constraint};\n${whole(statement)}`,
      },
    };
  }),
  onCommand(["AT_DetachPartition"], "detach-partition", ({ table, command }, { known, statement }) => {
    const { def } = command;
    if (def === undefined || !("PartitionCmd" in def)) return null;
    const child = nameOf(def.PartitionCmd.name);
    const fallback = defaultPartition(known, table);
    const locks = locksOf([child, fallback]);
    if (!def.PartitionCmd.concurrent) return { locks };
    return {
      locks: [],
      problem: {
        consequence: "fails",
        table: null,
        why: "DETACH PARTITION CONCURRENTLY cannot run in a transaction, and an interrupted one leaves the partition in between; the plain form reads nothing, and is tried with a short lock timeout",
        instead: `-- contract.sql\n${statement.sql.text.replace(/\s+concurrently\b/i, "")};`,
      },
    };
  }),
];

/** What it takes to know that the default partition holds nothing that belongs to another. */
function searched(fallback: string, child: string, statement: string): Outcome {
  const constraint = madeName(fallback, "rest");
  return {
    scans: [fallback],
    problem: {
      consequence: "blocks-reads-and-writes",
      table: fallback,
      why: `every row of the default partition ${fallback} is checked under ACCESS EXCLUSIVE, as no check proves that none belongs to ${child}`,
      instead: `-- while nobody writes what belongs to ${child}\nALTER TABLE ${name(fallback)} ADD CONSTRAINT ${constraint} CHECK (…) NOT VALID; -- the opposite of the bound\nALTER TABLE ${name(fallback)} VALIDATE CONSTRAINT ${constraint};\n${statement}`,
    },
  };
}

/**
 * Whether the checks of a partition may spare PostgreSQL the scan. They have to speak of what the
 * table is parted by, and a bound without NULL wants it NOT NULL besides; whether they say enough
 * is PostgreSQL's to prove.
 *
 * @param bound null: what is to be shown is that no row belongs to others
 */
function mayBeShown(
  partition: string,
  parent: string,
  bound: PartitionBoundSpec | null,
  known: KnownSchema,
): boolean {
  const table = known.tables.get(partition);
  const checks = [...(table?.constraints.values() ?? [])].filter(
    ({ type, valid }) => type === "CONSTR_CHECK" && valid,
  );
  const key = known.tables.get(parent)?.partitionKey ?? null;
  // How a table is parted that no migration made is not known.
  if (key === null) return checks.length > 0;
  const isChecked = (column: string) => checks.some(({ columns }) => columns.includes(column));
  // Of columns that came by LIKE nothing is known.
  const isNullable = (column: string) =>
    table?.columns.get(column)?.notNull === false && !known.isProven(partition, column);
  return (
    key.some(isChecked) &&
    key.every((column) => isChecked(column) || !isNullable(column)) &&
    !(bound !== null && refusesNull(bound) && key.some(isNullable))
  );
}

/** Whether a row with NULL in what it is parted by belongs elsewhere. */
function refusesNull({ is_default, strategy, listdatums }: PartitionBoundSpec): boolean {
  const isNull = (listdatums ?? []).some((node) => "A_Const" in node && node.A_Const.isnull === true);
  return !is_default && (strategy === "r" || (strategy === "l" && !isNull));
}

function locksOf(tables: readonly (string | null)[]): readonly Lock[] {
  return tables.flatMap((table): Lock[] => (table === null ? [] : [{ table, mode: AX }]));
}

function defaultPartition(known: KnownSchema, parent: string): string | null {
  return (
    [...known.tables].find(([, table]) => table.parent === parent && table.isDefaultPartition)?.[0] ?? null
  );
}

/** `FOR VALUES …` or `DEFAULT`, which end a CREATE TABLE … PARTITION OF but for its own options. */
function boundOf(text: string): string {
  const found =
    /\bFOR\s+VALUES\s+(?:IN\s*\([^)]*\)|FROM\s*\([^)]*\)\s*TO\s*\([^)]*\)|WITH\s*\([^)]*\))|\bDEFAULT\b/i.exec(
      text,
    );
  return found?.[0] ?? "FOR VALUES …";
}
