// Runs every second, third, … case of a kind in a thread of its own.
import { parentPort, workerData } from "node:worker_threads";
import { runCase, type Case } from "./cases.ts";

const { kind, from, to, step } = workerData as { kind: Case["kind"]; from: number; to: number; step: number };
const cases: Case[] = [];
for (let number = from; number < to; number += step) cases.push(runCase(kind, number));
parentPort?.postMessage(cases);
