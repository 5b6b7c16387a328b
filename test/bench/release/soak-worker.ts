// Runs every second, third, … soak of a name in a thread of its own.
import { parentPort, workerData } from "node:worker_threads";
import { runSoak, type Soak, type SoakName } from "./soaks.ts";

const { name, from, to, step } = workerData as { name: SoakName; from: number; to: number; step: number };
const soaks: Soak[] = [];
for (let number = from; number < to; number += step) soaks.push(runSoak(name, number));
parentPort?.postMessage(soaks);
