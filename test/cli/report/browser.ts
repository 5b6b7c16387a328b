import { chromium, type Browser } from "playwright-core";
import { folders } from "../../../local/folders.ts";
import { findProgram, installNeeds } from "../../../local/build/install.ts";
import type { Need } from "../../../local/build/dependency.ts";
import { streamReport } from "../../../local/report.ts";

/** The distribution's own browser, and letters for it to write with. */
const NEEDS: readonly Need[] = [
  { kind: "debian", package: "chromium", program: "chromium" },
  {
    kind: "debian",
    package: "fonts-dejavu-core",
    program: "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
  },
];

/** Starts Chromium without a window; installs it first where it is not there, and says so. */
export async function startBrowser(): Promise<Browser> {
  await installNeeds({ folders: folders(), report: streamReport() }, NEEDS);
  const executablePath = findProgram("chromium");
  if (executablePath === undefined) throw new Error("Cannot start Chromium as it is not on the PATH");
  // Its sandbox does not work for the superuser; it opens nothing but our own page.
  return chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: 60_000 });
}
