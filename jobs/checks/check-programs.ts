import type { ChecksSettings } from "../../protocol/jobs/checks-settings.ts";
import type { Job } from "../job.ts";

type Check = ChecksSettings["checks"][number];

/** A program that makes one check. */
export type CheckProgram = Check["program"];

/** What each has read of what it was handed. */
export type CheckSettings = {
  readonly [P in CheckProgram]: Extract<Check, { readonly program: P }>["settings"];
};

/** Each is loaded when it is asked for. */
export const checkPrograms: { readonly [P in CheckProgram]: () => Promise<Job<CheckSettings[P]>> } = {
  gone: async () => (await import("./gone.ts")).gone,
  "guard-stopped": async () => (await import("./guard-stopped.ts")).guardStopped,
  "logged-in": async () => (await import("./logged-in.ts")).loggedIn,
  probe: async () => (await import("./probe.ts")).probe,
  pull: async () => (await import("./pull.ts")).pull,
  ready: async () => (await import("./ready.ts")).ready,
  smoke: async () => (await import("./smoke.ts")).smoke,
  "warm-up": async () => (await import("./warm-up.ts")).warmUp,
};
