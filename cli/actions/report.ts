import { writeFile } from "node:fs/promises";
import { openContext } from "../stack/context.ts";
import type { GlobalOptions } from "../stack/project.ts";
import { gatherReport } from "../report/gather-report.ts";
import { reportPage } from "../report/page/report-page.ts";
import { releaseReport } from "../report/release-report.ts";
import { reportData } from "../report/report-data.ts";
import { Trouble } from "../cli-error.ts";

export interface ReportOptions extends GlobalOptions {
  readonly json?: boolean;
  readonly output: string;
}

/**
 * `zd report`: the newest release as one HTML page that needs no network; with --json as data on
 * standard output.
 */
export async function report(options: ReportOptions): Promise<void> {
  const data = reportData.parse(releaseReport(await gatherReport(await openContext(options))));
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
    return;
  }
  const page = reportPage(data);
  try {
    await writeFile(options.output, page);
  } catch (error) {
    throw new Trouble(
      "failed",
      `Cannot write the report to ${options.output}: ${error instanceof Error ? error.message : String(error)}. Nothing else was to be done.`,
      "Name another file with --output.",
    );
  }
  process.stdout.write(
    `Wrote ${options.output}: ${data.stages.length} stages, ${Math.ceil(page.length / 1000)} kB.\n`,
  );
}
