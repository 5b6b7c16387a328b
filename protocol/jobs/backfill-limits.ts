import { z } from "zod";

/** When the backfill gives way to others, and how much; each in the unit of its name. */
export interface Limits {
  /** How far the slowest replica may be behind. @default 5 */
  readonly replicaSeconds: number;
  /** How much log the slowest replica may still have to apply. @default 64 */
  readonly replicaMebibytes: number;
  /** Sessions that may wait for locks, beyond those that waited before. @default 5 */
  readonly waiting: number;
  /** Dead rows of the table that are always tolerated. @default 5,000,000 */
  readonly deadRows: number;
  /** Dead rows of the table that are tolerated, as a fraction of its rows. @default 0.5 */
  readonly deadShare: number;
  /** How many times as long as before a write may take. @default 3 */
  readonly pulseFactor: number;
  /** Writes that take less are never too slow. @default 20 */
  readonly pulseMilliseconds: number;
  /**
   * The longest rest after a step while others write, as a fraction of its time; a sixth of it is
   * rested while their writes are not slow. 0 continues as if nobody else wrote.
   * @default 1
   */
  readonly restShare: number;
}

/** The defaults, for what config leaves out. */
export const LIMITS: Limits = {
  replicaSeconds: 5,
  replicaMebibytes: 64,
  waiting: 5,
  deadRows: 5_000_000,
  deadShare: 0.5,
  pulseFactor: 3,
  pulseMilliseconds: 20,
  restShare: 1,
};

const above = z.number().positive();

/** The allowed values, in config as in the settings of the migrate Job. */
export const limitValues = {
  replicaSeconds: above,
  replicaMebibytes: above,
  waiting: z.int().nonnegative(),
  deadRows: z.int().nonnegative(),
  deadShare: z.number().nonnegative(),
  pulseFactor: above,
  pulseMilliseconds: above,
  restShare: z.number().min(0).max(100),
} satisfies Record<keyof Limits, z.ZodType<number>>;
