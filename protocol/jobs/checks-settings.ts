import { z } from "zod";
import { goneSettings, guardStoppedSettings } from "./guard-stopped-settings.ts";
import { loggedInSettings } from "./logged-in-settings.ts";
import { probeSettings } from "./probe-settings.ts";
import { pullSettings } from "./pull-settings.ts";
import { readySettings } from "./ready-settings.ts";
import { smokeSettings } from "./smoke-settings.ts";
import { warmUpSettings } from "./warm-up-settings.ts";

/** What each check is called in messages: the name of its step, such as `ready-blue`. */
const name = z.string().min(1);

/** Settings of the Job that makes several checks, one after the other. */
export const checksSettings = z.object({
  checks: z
    .array(
      z.discriminatedUnion("program", [
        z.object({ name, program: z.literal("gone"), settings: goneSettings }),
        z.object({ name, program: z.literal("guard-stopped"), settings: guardStoppedSettings }),
        z.object({ name, program: z.literal("logged-in"), settings: loggedInSettings }),
        z.object({ name, program: z.literal("probe"), settings: probeSettings }),
        z.object({ name, program: z.literal("pull"), settings: pullSettings }),
        z.object({ name, program: z.literal("ready"), settings: readySettings }),
        z.object({ name, program: z.literal("smoke"), settings: smokeSettings }),
        z.object({ name, program: z.literal("warm-up"), settings: warmUpSettings }),
      ]),
    )
    .min(1),
});
export type ChecksSettings = z.infer<typeof checksSettings>;
