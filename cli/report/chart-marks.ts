import type { Mark } from "./page/chart.ts";
import type { ReportData, Side } from "./report-data.ts";

/** Both sides of the release, the old one first. */
export const sidesOf = ({ old, new: next }: ReportData): Side[] =>
  [old, next].filter((side) => side !== null);

/** The failure, where there was one: drawn in every chart. */
export const graveMarks = ({ failed }: ReportData): Mark[] =>
  failed ? [{ at: failed.at, label: "judged: fail", isGrave: true }] : [];

/** When each stage began. */
export const stageMarks = ({ stages }: ReportData): Mark[] =>
  stages.map(({ at, title }) => ({ at, label: title, isGrave: false }));
