import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Gauge, Registry } from "prom-client";
import { VERDICTS } from "../../release/judge/judgement.ts";
import type { Memory } from "./guard-state.ts";

/** What the guard serves over HTTP: `/metrics`, and `/readyz` and `/healthz` for the kubelet. */
export interface Published {
  readonly port: number;
  /** The guard has looked, and this is what it knows; the look took so many seconds. */
  readonly tell: (memory: Memory, lookSeconds: number) => void;
  readonly close: () => Promise<void>;
}

/** A guard that has not looked for this long is restarted. */
const DEAD_AFTER_MILLISECONDS = 60_000;

export async function publish(port: number): Promise<Published> {
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `zero_downtime_${name}`, help, labelNames, registers: [registry] });
  const verdict = gauge("verdict", "1 for the verdict on the candidate at the stage watched", [
    "verdict",
    "stage",
    "version",
  ]);
  const seconds = gauge("stage_seconds", "Seconds that the stage's traffic has been in force");
  const requests = gauge("requests", "Requests counted since the stage began", ["side"]);
  const failures = gauge("failures", "Failed requests counted since the stage began", ["side"]);
  const looks = gauge("looks", "Looks at both colours since this guard began");
  const took = gauge("look_seconds", "Seconds that the latest look took");
  let lookedAt: number | null = null;

  const isAlive = () => lookedAt !== null && performance.now() - lookedAt < DEAD_AFTER_MILLISECONDS;
  const server: Server = createServer((asked, answer) => {
    if (asked.url === "/metrics") {
      void registry
        .metrics()
        .then((text) => answer.writeHead(200, { "content-type": registry.contentType }).end(text));
      return;
    }
    const isGood = asked.url === "/readyz" ? lookedAt !== null : asked.url === "/healthz" && isAlive();
    answer.writeHead(isGood ? 200 : 503).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    tell: ({ record, stage }, lookSeconds) => {
      lookedAt = performance.now();
      looks.inc();
      took.set(lookSeconds);
      const name = String(record.watched);
      const is = record.failed ? "fail" : record.stages[name]?.judgement.verdict;
      verdict.reset();
      for (const each of VERDICTS)
        verdict.set({ verdict: each, stage: name, version: record.version }, each === is ? 1 : 0);
      seconds.set(stage.seconds);
      for (const side of ["active", "candidate"] as const) {
        requests.set({ side }, stage[side].colour.requests?.count ?? 0);
        failures.set({ side }, stage[side].colour.requests?.failures ?? 0);
      }
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
