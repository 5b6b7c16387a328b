import type { Context } from "./part.ts";

/** Refuses a machine on which the environment cannot run, and says what to do instead. */
export async function checkRequirements(_context: Context): Promise<void> {}
