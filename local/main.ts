import { Command } from "commander";
import { down, environmentFile, status, up } from "./environment.ts";
import { folders } from "./folders.ts";
import { elapsed, streamReport } from "./report.ts";

const report = streamReport(process.stderr);

const program = new Command("npm run local --")
  .description(
    "The one-machine environment: Kubernetes, a registry, PostgreSQL, a gateway and Pulumi on this machine.",
  )
  .showHelpAfterError();

program
  .command("up")
  .description("start it; what runs already is left alone")
  .action(async () => {
    const started = Date.now();
    await up(report);
    report.say(
      `Ready after ${elapsed(Date.now() - started)}. See ${environmentFile(folders())}, or type: npm run local -- status`,
    );
  });

program
  .command("down")
  .description("end it; the cache of built programs stays")
  .action(async () => {
    await down(report);
  });

program
  .command("status")
  .description("how each part is doing")
  .action(async () => {
    for (const { part, problem } of await status()) report.say(`${part.name}: ${problem ?? "ready"}`);
  });

try {
  await program.parseAsync();
} catch (error) {
  report.say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
