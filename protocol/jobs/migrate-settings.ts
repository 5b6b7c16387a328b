import { z } from "zod";
import { SCHEMA_GOALS } from "../../release/step.ts";
import { LIMITS, limitValues } from "./backfill-limits.ts";

/** A migration's folder name; the Job checks its form. */
const migrationId = z.string().min(1);
const name = z.string().min(1).max(63);

/** As `Limits` says. */
const limits = z.strictObject({
  replicaSeconds: limitValues.replicaSeconds.default(LIMITS.replicaSeconds),
  replicaMebibytes: limitValues.replicaMebibytes.default(LIMITS.replicaMebibytes),
  waiting: limitValues.waiting.default(LIMITS.waiting),
  deadRows: limitValues.deadRows.default(LIMITS.deadRows),
  deadShare: limitValues.deadShare.default(LIMITS.deadShare),
  pulseFactor: limitValues.pulseFactor.default(LIMITS.pulseFactor),
  pulseMilliseconds: limitValues.pulseMilliseconds.default(LIMITS.pulseMilliseconds),
  restShare: limitValues.restShare.default(LIMITS.restShare),
});

/** Settings of the migrate job. Connection and password come in the PG* variables. */
export const migrateSettings = z.strictObject({
  /** What must be true of the schema once the Job ends. */
  goal: z.enum(SCHEMA_GOALS),
  /** The active version's migration; null: it needs no schema. */
  from: migrationId.nullable(),
  /** The migration that the goal is about; null: no schema at all. */
  to: migrationId.nullable(),
  /**
   * The attempt's number: a runner with a lower number than the ledger's newest refuses to work.
   */
  number: z.number().int().nonnegative(),
  /**
   * The clock of the machine that started the attempt, at that time, in milliseconds since the
   * epoch.
   */
  clock: z.number().int().nonnegative().optional(),
  /**
   * Whose ledger this is, besides its schema: the application, and the stack as
   * organization/project/name.
   */
  identity: z.strictObject({ application: z.string().min(1), stack: z.string().min(1) }).optional(),
  /** The stage's name, for people. */
  stage: z.string(),
  /** The application's schema. */
  schema: name,
  /** The role that owns the tables; the migrator works as this role. */
  owner: name,
  /** The group of the application's logins. */
  appRole: name,
  logins: z.strictObject({ blue: name, green: name }),
  /**
   * The application has a login of its own, which may be one for both versions: no login tells who
   * wrote a row, or who is gone.
   */
  sharesLogin: z.boolean().default(false),
  /**
   * The logins of the release's two versions: of the old one, and of the new one. Null in `stable`,
   * and where they may have the same.
   */
  writers: z.strictObject({ old: name, new: name }).nullable().default(null),
  /** The login that must have no connection left; null: none. */
  vacate: name.nullable(),
  /**
   * In place of that: a check before this Job has seen that no pod is left that may use what it
   * removes.
   */
  podsGone: z.boolean().default(false),
  /** Seconds since the switch before contract may begin. */
  soakSeconds: z.number().nonnegative(),
  /** No release is recorded: only an empty database, a finished one or a baseline is accepted. */
  first: z.boolean(),
  /** The migration that an existing database without a ledger already has. */
  baseline: migrationId.nullable(),
  /** Writes this event to the ledger once the goal is reached. */
  record: z.literal("switched").nullable(),
  /** Limit of the whole run. */
  deadlineSeconds: z.number().positive(),
  /** When a backfill gives way to others. */
  limits: limits.prefault({}),
  /** How many ranges of a large table are written at once, each by a session of its own. */
  ranges: z.int().min(1).max(16).default(1),
  /** Folder of the migrations. @default next to the program, else the working directory */
  folder: z.string().optional(),
});

export type MigrateSettings = z.infer<typeof migrateSettings>;
export type Goal = MigrateSettings["goal"];
