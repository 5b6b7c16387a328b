import type { EnvironmentVariable } from "../../protocol/database-environment.ts";
import type { SettingsFor } from "../../protocol/jobs/programs.ts";
import { PASSWORD_VARIABLES } from "../../protocol/jobs/variables.ts";
import { ofWorkload } from "../../protocol/labels.ts";
import { other, type Slot } from "../../release/release.ts";
import type { Workload } from "../../release/workload.ts";
import type { StageContext } from "./stage-context.ts";

/** How long a candidate's login is looked for, while requests are sent to it. */
const LOGIN_SECONDS = 20;

/** What the Job is handed that looks for a candidate's login. */
export interface LoginCheck {
  readonly settings: SettingsFor<"logged-in">;
  /** Where the database is, and the password of that login. */
  readonly environment: readonly EnvironmentVariable[];
}

/**
 * The check that a candidate's pods log in as their colour. A pool may open late, and a session may
 * end with its request: meanwhile the candidate is asked for these paths, and for those of the
 * smoke test that change nothing.
 */
export function loginCheck(
  { config, cluster, database, versionOf }: StageContext,
  { workload, slot }: { readonly workload: Workload; readonly slot: Slot },
  { url, paths }: { readonly url: string; readonly paths: readonly string[] },
): LoginCheck {
  if (!database || !config.database)
    throw new RangeError(`Cannot look for the login of ${slot.version} as the config has no database`);
  const { migrator, logins } = database.roles;
  const { warmUp, smoke } = config.app;
  const reads = smoke.filter(({ method, headers }) => method === "GET" && headers === undefined);
  return {
    settings: {
      namespace: cluster.namespace,
      labels: ofWorkload(versionOf(slot).web.selector, workload),
      candidate: `${slot.version} (${slot.colour})`,
      login: logins[slot.colour],
      others: [migrator, logins[other(slot.colour)], config.database.admin],
      url,
      paths: [...new Set([...paths, ...reads.map(({ path }) => path)])],
      concurrency: warmUp.concurrency,
      deadlineSeconds: LOGIN_SECONDS,
    },
    environment: [...database.place, database.password(slot.colour, PASSWORD_VARIABLES.candidate)],
  };
}
