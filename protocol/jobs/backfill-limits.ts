import { z } from "zod";

/** From where on the backfill gives way, and how far; each in the unit of its name. */
export interface Limits {
  /** How old what the slowest replica has applied may be. @default 5 */
  readonly replicaSeconds: number;
  /** How much log the slowest replica may have to apply still. @default 64 */
  readonly replicaMebibytes: number;
  /** Sessions that may wait for locks beyond those that did before. @default 5 */
  readonly waiting: number;
  /** Dead rows of the table that are always let be. @default 5,000,000 */
  readonly deadRows: number;
  /** Dead rows of the table that are let be, as a part of its rows. @default 0.5 */
  readonly deadShare: number;
  /** How much longer than before a write may take. @default 3 */
  readonly pulseFactor: number;
  /** Writes that take less are never too slow. @default 20 */
  readonly pulseMilliseconds: number;
  /**
   * How long to rest after each step while others write, as a part of what the step took; 0 goes on
   * as if nobody wrote.
   * @default 1
   */
  readonly restShare: number;
}

/** What config leaves out. */
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

/** What each may be, in config as in the settings of the migrate Job. */
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
