import { mappingErrors } from "./mapping-rules.ts";
import { kindOf } from "../mapping/kinds.ts";
import type { Migration } from "../migration/migration.ts";
import { allowances, type Allowance } from "./allowances.ts";
import { isRefusal, told, type Consequence, type Finding } from "./finding.ts";
import { KnownSchema, type Part } from "./known-schema.ts";
import { strongest, type Lock } from "./lock-mode.ts";
import { originOf, type Place } from "./rule.ts";
import { untoldInserts } from "./untold-inserts.ts";
import { RULES } from "./rules.ts";

/** What lint says of one statement; of a place without one, findings only. */
export interface Report {
  readonly migration: string;
  readonly file: string;
  /** From 1; null: the file as a whole. */
  readonly line: number | null;
  /** The statement as it stands in the file; null: none. */
  readonly sql: string | null;
  /** The strongest lock on each table or view that somebody may use by then. */
  readonly locks: readonly Lock[];
  /** Tables that are read whole while the locks are held. */
  readonly scans: readonly string[];
  /** Tables and views that are written anew. */
  readonly rewrites: readonly string[];
  /** Tables that nobody can use yet, so that nothing about them is said. */
  readonly fresh: readonly string[];
  readonly findings: readonly Finding[];
}

/** What changes what is known, in order. */
const LEARNT: readonly Part[] = ["expand", "contract"];

/** How `lint` judges. */
export interface LintOptions {
  /** Which migrations are judged; the others are only learnt from. Default: all. */
  readonly judged?: (migration: string) => boolean;
  /** The server's major version. Default: any from 14 on. */
  readonly major?: number | null;
  /**
   * Both versions may have one login, so that values alone tell who wrote a row
   * (`database.logins: application`). Default: no.
   */
  readonly sharesLogin?: boolean;
}

/**
 * Pure: what each statement of the migrations locks, reads and writes, and what is wrong with it.
 *
 * @param migrations the whole history in order, as types and constraints of later ones are known
 *   from earlier ones
 */
export function lint(migrations: readonly Migration[], options: LintOptions = {}): readonly Report[] {
  const { judged = () => true } = options;
  const known = new KnownSchema();
  return migrations.flatMap((migration) => {
    if (judged(migration.id)) return lintMigration(migration, known, options);
    learn(migration, known);
    return [];
  });
}

/** What is known after a migration that nobody asks about. */
function learn(migration: Migration, known: KnownSchema): void {
  for (const part of LEARNT)
    for (const statement of migration[part]) known.learn(statement, { migration: migration.id, part });
}

/** Why migrations may not run: one entry a finding, with its place and its safe form. */
export function refusals(reports: readonly Report[]): readonly string[] {
  return reports.flatMap(({ migration, file, line, findings }) =>
    findings.filter(isRefusal).map((finding) => {
      const place = `${migration}: ${file}${line === null ? "" : `:${line}`}: `;
      const instead = finding.instead === null ? "" : `\n  write instead:\n${indented(finding.instead)}`;
      return `${place}${told(finding)}${instead}`;
    }),
  );
}

/** Lines moved to the right, below what they belong to. */
export function indented(text: string): string {
  return text.replace(/^/gm, "    ");
}

function lintMigration(
  migration: Migration,
  known: KnownSchema,
  { major = null, sharesLogin = false }: LintOptions,
): readonly Report[] {
  const judge = (part: Part): readonly Report[] => {
    const reports = migration[part].map((statement) => {
      const place: Place = { part, migration, statement, known, major };
      const report = reportOn(place);
      if (LEARNT.includes(part)) known.learn(statement, originOf(place));
      return report;
    });
    return withAllowances(reports, migration, part);
  };
  return [
    ...mappingErrors(migration).map((error) =>
      wholeFile(migration.id, "mapping", "escapes-the-release", error),
    ),
    ...(sharesLogin ? untoldInserts(migration, known) : []).map((text) =>
      wholeFile(migration.id, "insert-told-by-values", "breaks-the-running-version", text),
    ),
    ...migration.mappings
      .flatMap((mapping) => kindOf(mapping).fileNotes(mapping))
      .map((note) => wholeFile(migration.id, "mapping-of-two-tables", "may-surprise", note)),
    ...judge("expand"),
    ...judge("sync"),
    // What expand.sql made is what undo.sql meets.
    ...judge("undo"),
    ...judge("contract"),
  ];
}

function reportOn(place: Place): Report {
  const { known, statement } = place;
  const isUsed = (table: string) => !known.isFresh(table, originOf(place));
  const outcomes = RULES.flatMap(({ id, examine }) => examine(place).map((outcome) => ({ id, outcome })));
  const findings = outcomes.flatMap(({ id, outcome: { problem } }): readonly Finding[] => {
    if (!problem || (problem.table !== null && !isUsed(problem.table))) return [];
    const { consequence, why, instead } = problem;
    return [{ rule: id, consequence, why, instead, allowed: null }];
  });
  const used = (tables: (outcome: (typeof outcomes)[number]["outcome"]) => readonly string[] | undefined) =>
    [...new Set(outcomes.flatMap(({ outcome }) => tables(outcome) ?? []))].filter(isUsed).sort();
  return {
    migration: place.migration.id,
    file: statement.file,
    line: statement.line,
    sql: statement.sql.text,
    locks: strongest(
      outcomes.flatMap(({ outcome }) => outcome.locks ?? []).filter(({ table }) => isUsed(table)),
    ),
    scans: used((outcome) => outcome.scans),
    rewrites: used((outcome) => outcome.rewrites),
    fresh: [...known.tables.keys()].filter((table) => !isUsed(table)),
    findings,
  };
}

function withAllowances(reports: readonly Report[], migration: Migration, part: Part): readonly Report[] {
  const file = `${part}.sql` as const;
  const written = allowances(migration.files[file] ?? "", migration[part]);
  const unused = new Set(written);
  const judged = reports.map((report) => {
    const findings = report.findings.map((finding) => {
      const allowance = written.find((one) => one.statement === report.line && one.rule === finding.rule);
      if (allowance === undefined || allowance.reason === "" || !isAllowable(finding.consequence))
        return finding;
      unused.delete(allowance);
      return { ...finding, allowed: allowance.reason };
    });
    // What may not stand there needs no undo.
    const isMoot = ({ rule }: Finding) =>
      rule === "undo-needed" && findings.some((other) => other.rule !== rule && isRefusal(other));
    return { ...report, findings: findings.filter((finding) => !isMoot(finding)) };
  });
  return [
    ...judged,
    ...[...unused].map((allowance) => strayAllowance(allowance, judged, migration.id, file)),
  ];
}

/** What the runner could not guard or take back stays so, whatever the reason. */
function isAllowable(consequence: Consequence): boolean {
  return consequence !== "escapes-the-release";
}

function strayAllowance(
  allowance: Allowance,
  reports: readonly Report[],
  migration: string,
  file: string,
): Report {
  const { rule, reason, line, statement } = allowance;
  const found = reports
    .find((report) => report.line === statement)
    ?.findings.find((one) => one.rule === rule);
  const why = !RULES.some(({ id }) => id === rule)
    ? `there is no rule "${rule}": ${RULES.map(({ id }) => id)
        .sort()
        .join(", ")}`
    : statement === null
      ? "it stands above no statement: write it on the line before one"
      : found === undefined
        ? "the statement below it does nothing that needs it: take it out"
        : reason === ""
          ? "an allowance needs a reason, so that the next reader can judge it"
          : `${found.consequence.replaceAll("-", " ")} cannot be allowed`;
  const isHarmless = found === undefined && RULES.some(({ id }) => id === rule);
  const finding: Finding = {
    rule: "allowance",
    consequence: isHarmless ? "may-surprise" : "escapes-the-release",
    why,
    instead: found === undefined || reason !== "" ? null : `-- allow ${rule}: <why it does no harm here>`,
    allowed: null,
  };
  return {
    migration,
    file,
    line,
    sql: null,
    locks: [],
    scans: [],
    rewrites: [],
    fresh: [],
    findings: [finding],
  };
}

/** What names its file in front. */
function wholeFile(migration: string, rule: string, consequence: Consequence, text: string): Report {
  const [file = "migration.yaml", ...rest] = text.split(": ");
  const finding: Finding = {
    rule,
    consequence,
    why: rest.join(": "),
    instead: null,
    allowed: null,
  };
  return {
    migration,
    file,
    line: null,
    sql: null,
    locks: [],
    scans: [],
    rewrites: [],
    fresh: [],
    findings: [finding],
  };
}
