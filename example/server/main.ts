import { pino } from "pino";
import type { Edition } from "./version.ts";
import { serve } from "./serve.ts";
import { type Settings, parseSettings } from "./settings.ts";

/**
 * Runs one version of the address book until SIGTERM; exits 0 after a clean drain, 1 when it could
 * not start or had to cut requests.
 */
export async function main<Address, Row extends { readonly id: string }>(
  edition: Edition<Address, Row>,
): Promise<void> {
  let settings: Settings;
  try {
    settings = parseSettings(process.env);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
  const log = pino({ level: settings.LOG_LEVEL, timestamp: pino.stdTimeFunctions.isoTime });
  const starting = serve(edition, {
    settings,
    log,
    crash: (reason) => {
      log.fatal(reason);
      process.exit(1);
    },
  });
  let stopping: Promise<never> | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    // As process 1 of a container nothing else would end it; a second signal while it drains
    // changes nothing.
    process.on(signal, () => {
      stopping ??= starting.then((service) => service.stop()).then((cut) => process.exit(cut === 0 ? 0 : 1));
    });
  }
  await starting;
}
