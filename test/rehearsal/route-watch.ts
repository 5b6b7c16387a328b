import { createInterface } from "node:readline";
import { execa } from "execa";
import type { Target } from "../support/target.ts";

/** The weights of blue and green as somebody has just written them. */
export interface Written {
  /** When this process heard of it, milliseconds since the epoch. */
  readonly at: number;
  /** Such as "0 100". */
  readonly weights: string;
}

/** Notes when the route's weights change, as the API server tells it. */
export interface RouteWatch {
  /** When the weights last became another pair, since `from`; undefined if they did not. */
  changedSince(from: number): number | undefined;
  /** Every pair that was seen, in order; the first is what was there before. */
  all(): readonly Written[];
  stop(): void;
}

export function watchRoute(target: Target, namespace: string, name: string): RouteWatch {
  const weights = "jsonpath={.spec.rules[0].backendRefs[*].weight}{'\\n'}";
  const args = [
    "--kubeconfig",
    target.kubeconfig,
    "-n",
    namespace,
    "get",
    "httproute",
    name,
    "--watch",
    "-o",
    weights,
  ];
  const watching = execa("kubectl", args, {
    env: target.variables,
    buffer: false,
    reject: false,
    stdin: "ignore",
  });
  const written: Written[] = [];
  createInterface({ input: watching.stdout }).on("line", (line) => {
    if (line !== written.at(-1)?.weights) written.push({ at: Date.now(), weights: line });
  });
  return {
    // The first line tells what was there before.
    changedSince: (from) => written.slice(1).findLast(({ at }) => at >= from)?.at,
    all: () => written,
    stop: () => void watching.kill(),
  };
}
