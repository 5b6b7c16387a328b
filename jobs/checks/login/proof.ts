import type { LoggedInSettings } from "../../../protocol/jobs/logged-in-settings.ts";
import type { CandidatePods } from "./candidate-pods.ts";
import type { Session } from "./sessions.ts";

/** The API server notes whole seconds, of its own clock. */
const CLOCK_SECONDS = 2;

const MOST_NAMED = 5;

type Asked = Pick<LoggedInSettings, "login" | "others">;

/** What one look has found of the candidate's login. */
export interface Proof {
  /** Sessions of it that are the candidate's; one is enough. */
  readonly sessions: readonly Session[];
  /** Where there is none: what was seen instead, in words; or empty. */
  readonly seen: string;
}

/**
 * Whose the sessions of a login are. The candidate's began after its pods, or have at least run a
 * statement since: a pooler keeps sessions and hands them on. One from the address of another pod
 * of a release is that pod's, such as one of an earlier attempt that is still ending.
 *
 * @param now on the scale of `performance.now()`
 */
export function proofIn(
  all: readonly Session[],
  { login, others: known }: Asked,
  pods: CandidatePods,
  now: number,
): Proof {
  const isCandidates = ({ address }: Session) => address !== null && pods.addresses.includes(address);
  const isForeign = ({ address }: Session) => address !== null && pods.foreign.includes(address);
  const limit = (now - pods.begun) / 1000 + CLOCK_SECONDS;
  const isSince = ({ seconds, secondsSinceQuery }: Session) =>
    (seconds ?? Infinity) <= limit || (secondsSinceQuery ?? Infinity) <= limit;
  const own = all.filter((session) => session.login === login);
  const here = own.filter(({ isHere }) => isHere);
  const notForeign = here.filter((session) => !isForeign(session));
  const others = all.filter((session) => session.login !== login && session.isHere);
  const certain = others.filter(isCandidates);
  // Their addresses may be hidden from this login, or be those of nodes.
  const possible = others.filter((session) => !isForeign(session) && !known.includes(session.login));
  const seen = [
    certain.length > 0
      ? described("its pods log in as", certain.map(loginOf))
      : described("sessions in this database are of", possible.map(loginOf)),
    described(`${login} has sessions of other pods of a release, from`, here.filter(isForeign).map(place)),
    described(
      `${login} has sessions from before the candidate's pods, from`,
      notForeign.filter((session) => !isSince(session)).map(place),
    ),
    described(
      `${login} has sessions in another database,`,
      own.filter(({ isHere }) => !isHere).map(({ database }) => database),
    ),
  ];
  return { sessions: notForeign.filter(isSince), seen: seen.filter((part) => part !== "").join("; ") };
}

const loginOf = ({ login }: Session): string => login;

const place = ({ address }: Session): string => address ?? "a socket";

/** `… shop (3), cron (1)`: each name once, with how often it occurs; empty where there is none. */
function described(what: string, names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const told = [...counts].map(([name, count]) => `${name} (${count})`);
  const more = told.length > MOST_NAMED ? ` and ${told.length - MOST_NAMED} more` : "";
  return told.length === 0 ? "" : `${what} ${told.slice(0, MOST_NAMED).join(", ")}${more}`;
}
