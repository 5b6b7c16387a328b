/** Clocks may differ by this much. */
const TOLERANCE_MILLISECONDS = 5 * 60 * 1000;

/** The attempt that a Job belongs to. */
export interface Attempt {
  /**
   * Greater than those before it in its stack. A time, unless the clock of an earlier attempt's
   * machine was ahead.
   */
  readonly number: number;
  /**
   * What its machine's clock said, in milliseconds since the epoch; null where the program did not
   * pass it.
   */
  readonly clock: number | null;
}

/** The newest runner, as the ledger has it. */
export interface Fence {
  readonly number: number;
  /**
   * The attempt's own number, of which `number` was made; null where a runner of an older version
   * took the fence last.
   */
  readonly attempt: number | null;
}

/**
 * The number by which a runner takes the fence, with what a log should say of it; or why
 * it may not.
 */
export type Taken =
  { readonly number: number; readonly notes: readonly string[] } | { readonly refusal: string };

/**
 * Pure: who is the newer one. A number that is ahead of the database's clock must not enter the
 * ledger: every later attempt by a right clock would count as the older one.
 * @param now the database's clock, in milliseconds since the epoch
 */
export function takenNumber(attempt: Attempt, found: Fence | null, now: number): Taken {
  const isAhead = (time: number) => time > now + TOLERANCE_MILLISECONDS;
  const { number, clock } = attempt;
  if (isAhead(number) && (clock === null || isAhead(clock)))
    return { refusal: clockAhead(clock ?? number, now) };
  const own = isAhead(number) && clock !== null ? clock : number;
  const fence = found !== null && isAhead(found.number) ? null : found;
  const notes = [
    ...(own !== number
      ? [
          `The attempt's number is ${span(number - now)} ahead of the database's clock, as an earlier attempt's machine was: counting by this machine's clock instead`,
        ]
      : []),
    ...(found !== fence
      ? [
          `The ledger's newest runner is ${span((found?.number ?? 0) - now)} ahead of the database's clock, as its machine was: taking over from it`,
        ]
      : []),
  ];
  if (fence === null) return { number: own, notes };
  // Numbers of one stack tell who is newer even where they are no times. Those of a stack whose
  // state was lost begin anew, with times: an older attempt of this stack whose number was its time
  // has moved the fence to it at least, and each attempt since has moved it on.
  const { attempt: last } = fence;
  const isTime = clock === null || number === clock + 1;
  const isAnew = isTime && last !== null && isAhead(last) && own > fence.number;
  const isOlder = last !== null && number < last && !isAnew;
  const isPast = own > fence.number || (own === fence.number && (last === null || number === last));
  if (isPast && !isOlder) return { number: own, notes };
  const isNewer = last !== null && number >= Math.max(last, fence.number);
  if (!isNewer) return { refusal: older(attempt, fence, now) };
  return { number: number === last ? fence.number : fence.number + 1, notes };
}

/** Why a runner that is not the newest cannot go on. */
export function older({ number, clock }: Attempt, fence: Fence, now: number): string {
  const began = clock ?? number;
  const behind = began < now - TOLERANCE_MILLISECONDS ? ` (${span(now - began)} behind the database's)` : "";
  const wait = fence.number > now ? `, or repeat it in ${span(fence.number - now)}` : "";
  return (
    `Cannot go on as a newer attempt has worked on this database: ours is ${named(number)}, the newest ${named(fence.number)}. ` +
    `Where this Job is left over from an earlier attempt, nothing needs to be done. Where it is the newest attempt's, the clock of the machine that ran it said ` +
    `${timeOf(began)}${behind}: set it right and repeat the stage${wait}`
  );
}

const clockAhead = (clock: number, now: number): string =>
  `Cannot begin as the clock of the machine that ran this is ${span(clock - now)} ahead of the database's: it said ${timeOf(clock)}, the database says ${timeOf(now)}. ` +
  `More than ${TOLERANCE_MILLISECONDS / 60_000} minutes would make every later attempt count as the older one. Set it right and repeat the stage. Nothing was changed`;

const named = (number: number): string => `number ${number} (${timeOf(number)})`;

const LAST_TIME = 8.64e15;

const timeOf = (time: number): string =>
  new Date(Math.min(time, LAST_TIME)).toISOString().replace(/\.\d+Z$/, "Z");

const UNITS = [
  ["days", 86_400_000, 2],
  ["h", 3_600_000, 2],
  ["min", 60_000, 2],
  ["s", 1000, 0],
] as const;

/** A length of time in its largest unit of which there are at least two. */
function span(milliseconds: number): string {
  const [name, length] = UNITS.find(([, unit, least]) => milliseconds >= least * unit) ?? UNITS[3];
  return `${Math.max(1, Math.round(milliseconds / length))} ${name}`;
}
