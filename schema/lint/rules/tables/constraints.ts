import type { Constraint } from "libpg-query";
import { listed, nameOf } from "../../../sql/parse-tree.ts";
import { onAddedConstraint, onCommand, type Place, type Problem, type Rule } from "../../rule.ts";
import { homeOf } from "../../../migration/manifest.ts";
import { refusesOldWrites } from "../../old-writes.ts";
import { byIndex, inContract, inTwoSteps } from "../../safe-forms.ts";
import { madeName, name, names } from "../../sql-text.ts";

const SRX = "SHARE ROW EXCLUSIVE";

export const constraintRules: readonly Rule[] = [
  onAddedConstraint(["CONSTR_CHECK"], "add-check", (constraint, { table }, place) =>
    constraint.skip_validation
      ? null
      : {
          scans: [table],
          problem: {
            consequence: "blocks-reads-and-writes",
            table,
            why: "every row is checked under ACCESS EXCLUSIVE",
            instead: inItsFile(inTwoSteps(table, constraint, place), constraint, table, place),
          },
        },
  ),
  onAddedConstraint(["CONSTR_NOTNULL"], "add-not-null", (constraint, { table }, place) => {
    const { known, major } = place;
    const [column = ""] = listed(constraint.keys);
    const named = constraint.conname ?? madeName(table, column, "not_null");
    if (major !== null && major < 18) {
      const why = "NOT NULL as a table constraint begins with PostgreSQL 18";
      const check = `ALTER TABLE ${name(table)} ADD CONSTRAINT ${name(named)} CHECK (${name(column)} IS NOT NULL) NOT VALID;`;
      const instead = inItsFile(check, constraint, table, place);
      return { problem: { consequence: "fails", table: null, why, instead } };
    }
    if (constraint.skip_validation || known.isProven(table, column)) return null;
    return {
      scans: [table],
      problem: {
        consequence: "blocks-reads-and-writes",
        table,
        why: "every row is checked for NULL under ACCESS EXCLUSIVE",
        instead: inItsFile(inTwoSteps(table, constraint, place), constraint, table, place),
      },
    };
  }),
  onAddedConstraint(["CONSTR_FOREIGN"], "add-foreign-key", (constraint, { table }, place) => {
    const target = nameOf(constraint.pktable);
    const locks = [
      { table, mode: SRX },
      { table: target, mode: SRX },
    ] as const;
    if (constraint.skip_validation) return { locks };
    return {
      locks,
      scans: [table, target],
      problem: {
        consequence: "blocks-writes",
        table,
        why: `every row is looked up in ${target} while neither table can be written`,
        instead: inItsFile(inTwoSteps(table, constraint, place), constraint, table, place),
      },
    };
  }),
  onAddedConstraint(["CONSTR_FOREIGN"], "foreign-key-without-index", (constraint, { table }, { known }) => {
    const columns = listed(constraint.fk_attrs);
    const origin = known.tables.get(table)?.origin;
    const isIndexed = [...known.indexes.values()].some(
      (index) =>
        index.table === table &&
        columns.every((column) => index.columns.slice(0, columns.length).includes(column)),
    );
    // Of a table that no migration made, the indexes are not known.
    if (origin === undefined || origin.migration === "" || isIndexed) return null;
    const problem: Problem = {
      consequence: "may-surprise",
      table: null,
      why: `${names(columns)} has no index, so every delete from ${nameOf(constraint.pktable)} reads all of ${table}`,
      instead: `CREATE INDEX CONCURRENTLY ${madeName(table, ...columns, "idx")} ON ${name(table)} (${names(columns)});`,
    };
    return { problem };
  }),
  onAddedConstraint(["CONSTR_UNIQUE", "CONSTR_PRIMARY"], "add-key", (constraint, { table }, place) => {
    const { known } = place;
    const isPrimary = constraint.contype === "CONSTR_PRIMARY";
    if (constraint.indexname !== undefined) {
      const columns = known.indexes.get(constraint.indexname)?.columns;
      const isNullable = (column: string) =>
        known.tables.get(table)?.columns.get(column)?.notNull === false && !known.isProven(table, column);
      const open = isPrimary ? (columns ?? []).filter(isNullable) : [];
      if (open.length === 0) return null;
      const why = `${names(open)} may be NULL, so every row is checked under ACCESS EXCLUSIVE`;
      const instead = `${open
        .map(
          (column) =>
            `ALTER TABLE ${name(table)} ADD CONSTRAINT ${madeName(table, column, "not_null")} CHECK (${name(column)} IS NOT NULL) NOT VALID;\nALTER TABLE ${name(table)} VALIDATE CONSTRAINT ${madeName(table, column, "not_null")};`,
        )
        .join("\n")}\n-- and then the statement as it is`;
      const problem: Problem = {
        consequence: "blocks-reads-and-writes",
        table,
        why,
        instead: inItsFile(instead, constraint, table, place),
      };
      return { scans: [table], problem };
    }
    return {
      scans: [table],
      problem: {
        consequence: "blocks-reads-and-writes",
        table,
        why: "its index is built under ACCESS EXCLUSIVE",
        instead: inItsFile(byIndex(table, constraint), constraint, table, place),
      },
    };
  }),
  onAddedConstraint(["CONSTR_EXCLUSION"], "add-exclusion", (_constraint, { table }) => ({
    scans: [table],
    problem: {
      consequence: "blocks-reads-and-writes",
      table,
      why: "its index is built under ACCESS EXCLUSIVE, and PostgreSQL has no form that does not block",
      instead: null,
    },
  })),
  onAddedConstraint(
    [
      "CONSTR_CHECK",
      "CONSTR_NOTNULL",
      "CONSTR_FOREIGN",
      "CONSTR_UNIQUE",
      "CONSTR_PRIMARY",
      "CONSTR_EXCLUSION",
    ],
    "constraint-on-mapped-column",
    (_constraint, { table, command }, { part, migration, statement }) => {
      if (part !== "expand") return null;
      const action = statement.effect.kind === "alter-table" ? statement.effect.actions : [];
      const named =
        command.def !== undefined && "Constraint" in command.def ? command.def.Constraint.conname : null;
      const columns = action.flatMap((one) =>
        one.kind === "add-constraint" && one.constraint === (named ?? null) ? one.columns : [],
      );
      const mapped = migration.mappings
        .filter((mapping) => homeOf(mapping, "new").table === table)
        .flatMap((mapping) => mapping.new.map((column) => column.name));
      const early = columns.filter((column) => mapped.includes(column));
      if (early.length === 0) return null;
      return {
        problem: {
          consequence: "breaks-the-running-version",
          table,
          why: `a constraint on ${names(early)} would refuse the old version's writes to rows not filled yet: add it in contract.sql`,
          instead: `-- contract.sql\n${statement.sql.text};`,
        },
      };
    },
  ),
  onCommand(
    ["AT_ValidateConstraint"],
    "validate-constraint",
    ({ table, command, siblings }, { known, part }) => {
      const target = known.referencedBy(table, command.name ?? "");
      const locks = target === null ? [] : ([{ table: target, mode: "ROW SHARE" }] as const);
      const scans = target === null ? [table] : [table, target];
      const others = siblings.filter(({ subtype }) => subtype !== "AT_ValidateConstraint");
      if (others.length === 0 && part !== "undo") return { locks, scans };
      const alone = `ALTER TABLE ${name(table)} VALIDATE CONSTRAINT ${name(command.name ?? "")};`;
      return {
        locks,
        scans,
        problem: {
          consequence: "blocks-reads-and-writes",
          table,
          why:
            part === "undo"
              ? "undo.sql is one transaction, so the locks taken before are held while every row is checked"
              : "the stronger lock of the statement's other actions is held while every row is checked",
          instead: `-- a statement of its own\n${alone}`,
        },
      };
    },
  ),
  onCommand(["AT_DropConstraint"], "drop-constraint", ({ table, command }, { known, part, statement }) => {
    const constraint = command.name ?? "";
    const target = known.referencedBy(table, constraint);
    const locks = target === null ? [] : ([{ table: target, mode: "ACCESS EXCLUSIVE" }] as const);
    if (part !== "expand") return { locks };
    return {
      locks,
      problem: {
        consequence: "breaks-the-running-version",
        table,
        why: `the old version relies on ${constraint}`,
        instead: `-- contract.sql\n${statement.sql.text};`,
      },
    };
  }),
];

/** A safe form where it may stand: what the old version does not know waits until it is gone. */
function inItsFile(form: string, constraint: Constraint, table: string, place: Place): string {
  return refusesOldWrites(constraint, table, place) ? inContract(form) : form;
}
