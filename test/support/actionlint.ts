import { execa } from "execa";
import { folders } from "../../local/folders.ts";
import { installNeeds } from "../../local/build/install.ts";
import type { GoBinaries } from "../../local/build/dependency.ts";
import { streamReport } from "../../local/report.ts";
import { programIn } from "../../local/build/toolchain.ts";

/** The linter for GitHub's workflows, built once for this machine. */
const ACTIONLINT: GoBinaries = {
  kind: "go",
  name: "actionlint",
  version: "1.7.12",
  module: "github.com/rhysd/actionlint",
  packages: ["cmd/actionlint"],
};

export const installActionlint = (): Promise<void> =>
  installNeeds({ folders: folders(), report: streamReport() }, [ACTIONLINT]);

/** What it complains about; empty where all is well. */
export async function actionlint(files: readonly string[]): Promise<string> {
  // Its own linters for shell and Python are used where they happen to be installed: switched off,
  // so that it judges alike everywhere.
  const args = ["-shellcheck=", "-pyflakes=", "-no-color", ...files];
  const { stdout, stderr } = await execa(programIn(folders(), ACTIONLINT), args, {
    reject: false,
    timeout: 60_000,
  });
  return `${stdout}${stderr}`;
}
