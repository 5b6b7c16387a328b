// The load generator for people: node example/load/main.ts --url http://127.0.0.1:8080 --rate 200
// --seconds 60
import { Command } from "commander";
import type { LoadOptions } from "./options.ts";
import { type Report, isClean } from "./report.ts";
import { type Load, startLoad } from "./start-load.ts";
import type { Totals } from "./totals.ts";

interface Flags extends LoadOptions {
  readonly json: boolean;
}

const LINE_MILLISECONDS = 1_000;

async function main(): Promise<void> {
  const { json, ...options } = parseFlags();
  let load: Load;
  try {
    load = await startLoad(options);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
    return;
  }
  const show = (totals: Totals) => process.stdout.write(`${json ? JSON.stringify(totals) : line(totals)}\n`);
  const showing = setInterval(() => show(load.snapshot()), LINE_MILLISECONDS);
  const interrupted = new Promise<void>((resolve) => process.once("SIGINT", resolve));
  await Promise.race([load.ended, interrupted]);
  const report = await load.stop();
  clearInterval(showing);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : summary(report));
  process.exitCode = isClean(report) ? 0 : 1;
}

function parseFlags(): Flags {
  const number = (value: string) => Number(value);
  return new Command("load")
    .description(
      "Loads an address book at a fixed rate and checks every answer; exits 0 when nothing was lost or wrong",
    )
    .requiredOption("--url <url>", "where the address book answers")
    .requiredOption("--rate <n>", "requests per second", number)
    .requiredOption("--seconds <n>", "how long", number)
    .option("--requests <n>", "how many at most (2000000)", number)
    .option("--fresh <share>", "share of requests on connections of their own (0.3)", number)
    .option("--connections <n>", "kept-alive connections (20)", number)
    .option("--in-flight <n>", "requests under way at most (1000)", number)
    .option("--slow-milliseconds <n>", "answers later than this are slow (1000)", number)
    .option("--timeout-milliseconds <n>", "requests unanswered after this have failed (10000)", number)
    .option("--create <share>", "share of creations (0.1)", number)
    .option("--update <share>", "share of updates (0.2)", number)
    .option("--list <share>", "share of lists (0.1)", number)
    .option("--split <share>", "share of writes in the form of version 2 (0.4)", number)
    .option("--seed <n>", "the same seed gives the same requests (1)", number)
    .option("--host-header <name>", "Host header of the requests")
    .option("--allow-host <host>", "the one host besides this machine that may be loaded")
    .option("--json", "one JSON object a second, and the report as the last", false)
    .parse()
    .opts<Flags>();
}

function line(totals: Totals): string {
  const last = Math.max(0, ...totals.seen.map(({ lastAt }) => lastAt));
  const now = totals.seen
    .filter(({ lastAt }) => last - lastAt < LINE_MILLISECONDS)
    .map(({ version, colour }) => `${colour} ${version}`);
  return (
    `${Math.round((totals.to - totals.from) / 1_000)} s  ${counts(totals)}  ` +
    `p99 ${totals.latency.p99.toFixed(1)} ms  answering: ${[...new Set(now)].join(", ") || "nobody"}`
  );
}

function counts({ sent, failed, wrong, slow, overflow }: Totals): string {
  return `sent ${sent}  failed ${failed}  wrong ${wrong}  slow ${slow}  overflow ${overflow}`;
}

function summary({ totals, check, problems, cpuSeconds }: Report): string {
  const { latency, longestGap } = totals;
  const lines = [
    `requests   ${counts(totals)}  retried after an idle close ${totals.retriedIdleClose}`,
    `failed by  ${JSON.stringify(totals.failedBy)}  wrong by ${JSON.stringify(totals.wrongBy)}`,
    `latency    p50 ${latency.p50.toFixed(1)}  p90 ${latency.p90.toFixed(1)}  p99 ${latency.p99.toFixed(1)}  p99.9 ${latency.p999.toFixed(1)}  max ${latency.max.toFixed(1)} ms`,
    `gaps       fresh ${longestGap.fresh} ms  kept-alive ${longestGap.keptAlive} ms`,
    ...totals.seen.map(
      ({ version, colour, connection, answers }) =>
        `answered   ${answers} by ${colour} ${version} on ${connection}`,
    ),
    `at the end ${check.addresses} addresses: ${check.lost} lost, ${check.changed} changed${check.complete ? "" : ", NOT ALL LOOKED AT"}`,
    `cpu        ${cpuSeconds.toFixed(1)} s, ${((cpuSeconds * 100_000) / Math.max(1, totals.to - totals.from)).toFixed(0)} % of a core`,
    ...problems.map(
      ({ at, request, kind, detail }) =>
        `problem    ${new Date(at).toISOString()} ${request}: ${kind}: ${detail}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

await main();
