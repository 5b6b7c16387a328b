import { pino } from "pino";
import type { Edition } from "./edition.ts";
import { type Service, serve } from "./serve.ts";
import { type Settings, parseSettings } from "./settings.ts";

/** Runs one version of the address book until SIGTERM; exits 0 after a clean drain, 1 when it could not start or had to cut requests. */
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
  let service: Service | undefined;
  let stopping: Promise<never> | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    // As process 1 of a container nothing else would end it; a second signal while it drains changes nothing.
    process.on(signal, () => {
      if (service === undefined) process.exit(0);
      stopping ??= service.stop().then((cut) => process.exit(cut === 0 ? 0 : 1));
    });
  }
  service = await serve(edition, {
    settings,
    log,
    crash: (reason) => {
      log.fatal(reason);
      process.exit(1);
    },
  });
}
