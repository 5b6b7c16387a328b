import { Command } from "commander";
import {
  down,
  environmentFile,
  install,
  purge,
  readEnvironment,
  status,
  up,
  type PartStatus,
} from "./environment.ts";
import { folders } from "./folders.ts";
import { usageOf } from "./health/component-usage.ts";
import { pluginOrigins } from "./build/pulumi-plugins.ts";
import { elapsed, silentReport, streamReport } from "./report.ts";
import { statusLines, totalMemory, type StatusRow } from "./status-lines.ts";

const report = streamReport();
const place = folders();

const program = new Command("npm run local --")
  .description("The one-machine environment: Kubernetes, a registry, PostgreSQL, a gateway and Pulumi.")
  .showHelpAfterError();

program
  .command("up")
  .description("start it; what runs already is left alone")
  .action(async () => {
    const started = Date.now();
    await up(report);
    report.say(`Ready after ${elapsed(Date.now() - started)}. ${pluginSentence()}`);
    report.say(`Addresses and passwords: ${environmentFile(place)}. Next: npm run rehearse`);
  });

program
  .command("install")
  .description("fetch and build what is missing, and start nothing")
  .action(async () => {
    await install(report);
  });

program
  .command("down")
  .description("end it, and remove its cluster and its database")
  .option("--purge", "also remove everything that was built and fetched")
  .action(async (options: { purge?: boolean }) => {
    if (options.purge === true) await purge(report);
    else await down(report);
  });

program
  .command("status")
  .description("how each part is doing")
  .action(async () => {
    showStatus(await status());
  });

program
  .command("env")
  .description('settings for a shell: eval "$(npm run -s local -- env)"')
  .action(async () => {
    for (const [name, value] of Object.entries(readEnvironment(place).variables)) {
      process.stdout.write(`export ${name}=${shellQuoted(value)}\n`);
    }
  });

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    report.say(
      `\nStopped half-way. To go on, type: npm run local -- up. To take away what is there: npm run local -- down`,
    );
    process.exit(signal === "SIGINT" ? 130 : 143);
  });
}

// `status | head` closes the pipe early, and that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  report.say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

function showStatus(parts: readonly PartStatus[]): void {
  const context = { folders: place, report: silentReport };
  const rows: StatusRow[] = parts.map(({ part, problem }) => ({
    name: part.name,
    problem,
    usage: usageOf(place, part.name),
    address: part.address?.(context) ?? "",
  }));
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const ailing = rows.filter((row) => row.problem !== undefined);
  if (rows.every((row) => row.usage === undefined)) {
    write("Not running. To start it, type: npm run local -- up");
    process.exitCode = 1;
    return;
  }
  for (const line of statusLines(rows)) write(line);
  write(`Memory in all: ${totalMemory(rows)}, without pods. ${pluginSentence()}`);
  if (ailing.length > 0) {
    write(`${ailing.length} of ${rows.length} parts are not ready. To repair it, type: npm run local -- up`);
    process.exitCode = 1;
    return;
  }
  write(`Addresses and passwords: ${environmentFile(place)}. Next: npm run rehearse`);
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function pluginSentence(): string {
  const origins = Object.entries(pluginOrigins({ folders: place, report: silentReport }));
  const text = origins.map(([name, origin]) => `${name} (${origin ?? "missing"})`).join(", ");
  return `Pulumi plugins: ${text}.`;
}
