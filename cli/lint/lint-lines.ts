import { join } from "node:path";
import { isRefusal, told, type Finding } from "../../schema/lint/finding.ts";
import { indented, type Report } from "../../schema/lint/lint.ts";
import { blockedBy } from "../../schema/lint/lock-mode.ts";
import { paint } from "../terminal/paint.ts";
import { isSafe, type LintResult } from "./lint-folder.ts";

/** A result in words, one line for each entry. */
export function lintLines(result: LintResult): readonly string[] {
  return [
    ...result.errors.map((error) => `${paint("red", "cannot be read")} ${error}`),
    ...result.statements.flatMap((report) => statementLines(report, result.folder)),
    "",
    summary(result),
  ];
}

/** A statement, the locks it takes, what is wrong with it and what to write instead. */
export function statementLines(report: Report, folder: string): readonly string[] {
  const place = `${join(folder, report.migration, report.file)}${report.line === null ? "" : `:${report.line}`}`;
  return [
    `${paint("bold", place)}${report.sql === null ? "" : `  ${shortened(report.sql)}`}`,
    ...(report.sql === null ? [] : [`  ${footprint(report)}`]),
    ...report.findings.flatMap(findingLines),
  ];
}

/** `locks item: ACCESS EXCLUSIVE (no reads or writes meanwhile); rewrites item` */
export function footprint({ locks, scans, rewrites }: Pick<Report, "locks" | "scans" | "rewrites">): string {
  const held = locks.map(({ table, mode }) => {
    const blocked = blockedBy(mode);
    return `${table}: ${mode}${blocked === "nothing" ? "" : ` (nobody else ${blocked === "writes" ? "writes" : "reads or writes"} meanwhile)`}`;
  });
  const scanned = scans.filter((table) => !rewrites.includes(table));
  return [
    held.length === 0 ? "no lock that anybody feels" : `locks ${held.join(", ")}`,
    ...(rewrites.length === 0 ? [] : [`writes ${rewrites.join(", ")} anew`]),
    ...(scanned.length === 0 ? [] : [`reads all of ${scanned.join(", ")}`]),
  ].join("; ");
}

function findingLines(finding: Finding): readonly string[] {
  if (finding.allowed !== null) {
    return [`  ${paint("dim", `allowed: ${finding.rule}: ${finding.allowed}`)}`];
  }
  const colour = isRefusal(finding) ? "red" : "yellow";
  return [
    `  ${paint(colour, told(finding))}`,
    ...(finding.instead === null ? [] : ["  write instead:", indented(finding.instead)]),
  ];
}

function summary(result: LintResult): string {
  const { errors, statements, refused, allowed, noticed } = result;
  const count = statements.filter(({ sql }) => sql !== null).length;
  const words = [
    `${count} ${count === 1 ? "statement" : "statements"}`,
    ...(errors.length > 0 ? [`${errors.length} not readable`] : []),
    `${refused} refused`,
    ...(allowed > 0 ? [`${allowed} allowed by a written reason`] : []),
    ...(noticed > 0 ? [`${noticed} to know of`] : []),
  ].join(", ");
  return paint(isSafe(result) ? "green" : "red", words);
}

/** The beginning of a statement, on one line. */
function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
