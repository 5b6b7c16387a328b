import { setTimeout as pause } from "node:timers/promises";
import { loggedInSettings, type LoggedInSettings } from "../../protocol/jobs/logged-in-settings.ts";
import { clusterApi, type TimedClusterApi } from "../kubernetes/cluster-api.ts";
import { awaitOutlook, type Outlook } from "../kubernetes/poll.ts";
import type { Job, JobContext, Result } from "../job.ts";
import { keepBusy } from "./login/busy-requests.ts";
import { candidatePods, type CandidatePods } from "./login/candidate-pods.ts";
import { proofIn, type Proof } from "./login/proof.ts";
import { SessionSight } from "./login/sessions.ts";

/** A session may last no longer than a request. */
const LOOK_MILLISECONDS = 25;
/** Between two tries to reach the database. */
const RETRY_MILLISECONDS = 500;

/**
 * SQLSTATEs after which another try ends the same: a wrong password, no such database, no right to
 * connect.
 */
const FINAL: readonly string[] = ["28P01", "28000", "3D000", "42501"];

/**
 * Looks whether a candidate's pods log in as their colour. An application may go on with a login
 * that it has from elsewhere without anybody noticing, and then whatever is told by logins, such as
 * who wrote a row and whether a version is gone, would be told wrongly.
 */
export const loggedIn: Job<LoggedInSettings> = {
  settings: loggedInSettings,
  run: async (asked, context) => proveLogin(asked, context, await clusterApi()),
};

/** The job, on any API server. */
export async function proveLogin(
  asked: LoggedInSettings,
  context: JobContext,
  api: TimedClusterApi,
): Promise<Result> {
  const found = await awaitOutlook(asked.deadlineSeconds, context, async () =>
    podsOutlook(asked, await candidatePods(asked, api, context.signal)),
  );
  const pods = found.last?.pods;
  if (found.end !== "ready" || !pods) return refused(asked, found.why);
  const sight = new SessionSight(asked.login);
  try {
    return await lookUntil(asked, context, pods, sight);
  } finally {
    await sight.end();
  }
}

interface PodsOutlook extends Outlook {
  readonly pods: CandidatePods | null;
}

const podsOutlook = ({ candidate }: LoggedInSettings, pods: CandidatePods | null): PodsOutlook =>
  pods === null
    ? { state: "waiting", why: `${candidate} has no pod`, pods }
    : { state: "ready", why: `${candidate} has pods`, pods };

async function lookUntil(
  asked: LoggedInSettings,
  { log, signal }: JobContext,
  pods: CandidatePods,
  sight: SessionSight,
): Promise<Result> {
  const until = performance.now() + asked.deadlineSeconds * 1_000;
  let stop: (() => Promise<void>) | undefined;
  let told = "";
  try {
    for (;;) {
      signal.throwIfAborted();
      const look = await lookOnce(asked, pods, sight);
      if (look.sessions.length > 0) return proven(asked, look);
      if (look.end === "final" || performance.now() > until) return refused(asked, look.seen);
      if (look.seen !== told) log((told = look.seen));
      stop ??= keepBusy(asked);
      await pause(look.end === "retry" ? RETRY_MILLISECONDS : LOOK_MILLISECONDS, undefined, { signal });
    }
  } finally {
    await stop?.();
  }
}

interface Look extends Proof {
  /** Whether the database was seen; if not, whether another try may see it. */
  readonly end: "seen" | "retry" | "final";
}

async function lookOnce(asked: LoggedInSettings, pods: CandidatePods, sight: SessionSight): Promise<Look> {
  try {
    return { ...proofIn(await sight.look(), asked, pods, performance.now()), end: "seen" };
  } catch (error) {
    const { code = "", message } = error as Error & { readonly code?: string };
    const seen = `this Job itself cannot log in as ${asked.login}: ${message}`;
    return { sessions: [], seen, end: FINAL.includes(code) ? "final" : "retry" };
  }
}

const proven = ({ candidate, login }: LoggedInSettings, { sessions }: Proof): Result => ({
  ok: true,
  summary: `${candidate} logs in as ${login}: ${sessions.length} session${sessions.length === 1 ? "" : "s"} since its pods began`,
  facts: { login, sessions: sessions.length },
});

const refused = ({ candidate, login, deadlineSeconds }: LoggedInSettings, seen: string): Result => ({
  ok: false,
  summary:
    `Cannot let ${candidate} take over as its pods must log in to the database as ${login}, and no session of theirs was seen within ${deadlineSeconds} s` +
    `${seen === "" ? "" : ` (${seen})`}. ` +
    "Write DATABASE_URL: postgres://$(PGUSER):$(PGPASSWORD)@$(PGHOST):$(PGPORT)/$(PGDATABASE) in env, as nothing expands within a Secret or ConfigMap; " +
    "or set database.logins: application, in stable. Where it opens no session at all, set database.usesLogin: false, in stable; " +
    "where only some requests use the database, name one in app.warmUp.paths",
  facts: { login, sessions: 0 },
});
