import type { z } from "zod";
import type { DeepReadonly } from "../deep-readonly.ts";
import type { checksSettings } from "./checks-settings.ts";
import type { guardSettings } from "./guard-settings.ts";
import type { goneSettings, guardStoppedSettings } from "./guard-stopped-settings.ts";
import type { loggedInSettings } from "./logged-in-settings.ts";
import type { migrateSettings } from "./migrate-settings.ts";
import type { probeSettings } from "./probe-settings.ts";
import type { pullSettings } from "./pull-settings.ts";
import type { readySettings } from "./ready-settings.ts";
import type { smokeSettings } from "./smoke-settings.ts";
import type { warmUpSettings } from "./warm-up-settings.ts";

/**
 * The programs of the jobs image by name, and what each reads. Only types, so that a program loads
 * no schema but its own.
 */
interface Schemas {
  readonly checks: typeof checksSettings;
  readonly gone: typeof goneSettings;
  readonly guard: typeof guardSettings;
  readonly "guard-stopped": typeof guardStoppedSettings;
  readonly "logged-in": typeof loggedInSettings;
  readonly migrate: typeof migrateSettings;
  readonly probe: typeof probeSettings;
  readonly pull: typeof pullSettings;
  readonly ready: typeof readySettings;
  readonly smoke: typeof smokeSettings;
  readonly "warm-up": typeof warmUpSettings;
}

/** A program of the jobs image. */
export type Program = keyof Schemas;

/** The programs that a stage waits for; the guard stays. */
export type StageProgram = Exclude<Program, "guard">;

/**
 * What the Pulumi program hands over to a Job: as its schema reads it, where keys with a default
 * may be left out.
 */
export type SettingsFor<P extends Program> = DeepReadonly<z.input<Schemas[P]>>;
