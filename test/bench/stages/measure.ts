import { dirname, join } from "node:path";
import { execa } from "execa";
import type { AddressBook } from "../../support/journey/address-book.ts";
import { Zd } from "../../support/journey/zd.ts";
import type { Target } from "../../support/target.ts";
import { until } from "../../support/until.ts";
import type { Trace } from "./account.ts";
import { coursesOf, type Course } from "./course.ts";
import { hearEvents } from "./hear-events.ts";
import type { Words } from "./job-course.ts";
import { processorSeconds } from "./processor-time.ts";
import type { Door, Leg } from "./walks.ts";
import type { ClusterWatch } from "./watch-cluster.ts";

/** A stack on its walk. */
export interface Walking {
  readonly target: Target;
  readonly book: AddressBook;
  readonly watch: ClusterWatch;
}

interface Ended {
  readonly isOk: boolean;
  readonly text: string;
  readonly firstLine?: number | undefined;
}

/** Without it, the engine tells nobody but a program that drives it. */
export const TELLS_EVENTS = { PULUMI_DEBUG_COMMANDS: "true" };

/**
 * Goes through one door, from the command to its end.
 * @throws {Error} where the command fails
 */
export async function measure(walking: Walking, { title, door, place }: Leg): Promise<Trace> {
  const { book } = walking;
  if (place) await book.stack.configure({ weight: undefined, ...place });
  const file = join(dirname(book.stack.configFile), "engine-events.jsonl");
  const hearing = hearEvents(file);
  const worked = processorSeconds();
  const from = Date.now();
  const { isOk, text, firstLine } = await through(door, walking, file);
  const to = Date.now();
  const heard = hearing.end();
  if (!isOk) throw new Error(`Cannot measure as ${title} failed:\n${text}`);
  const seen = { from, to, heard, firstLine, processorSeconds: processorSeconds() - worked };
  const courses = await coursesSince(walking.watch, from);
  return { ...seen, courses, words: await wordsOf(walking, courses) };
}

async function through(door: Door, { target, book }: Walking, file: string): Promise<Ended> {
  switch (door) {
    case "pulumi up":
      return book.stack.up("--event-log", file);
    case "pulumi preview":
      return book.stack.preview("--event-log", file);
    case "zd next":
      return zd(target, book, "next");
    case "zd status":
      return zd(target, book, "status");
  }
}

async function zd(target: Target, book: AddressBook, command: string): Promise<Ended> {
  const { configFile } = book.stack;
  const running = Zd.on(book.name, dirname(configFile), target.variables).start([
    command,
    ...["--stack", book.name],
    ...["--config-file", configFile],
  ]);
  let firstLine: number | undefined;
  running.stdout.once("data", () => (firstLine = Date.now()));
  const { exitCode, all } = await running;
  return { isOk: exitCode === 0, text: all, firstLine };
}

/** Of all that was created meanwhile, once every Job has been heard to be complete. */
async function coursesSince(watch: ClusterWatch, from: number): Promise<Course[]> {
  const courses = () => coursesOf(watch.sightings()).filter(({ reached }) => (reached.created ?? 0) >= from);
  const isHeard = () =>
    courses().every(({ kind, reached }) => kind === "pod" || reached.complete !== undefined);
  await until("every Job of the stage is heard to be complete", isHeard, 10_000);
  return courses();
}

async function wordsOf(
  { target, book }: Walking,
  courses: readonly Course[],
): Promise<Record<string, Words>> {
  const words: Record<string, Words> = {};
  for (const { name, job } of courses) {
    if (job === undefined) continue;
    const said = await logTimes(target, book.name, name);
    if (said) words[name] = said;
  }
  return words;
}

/** Undefined where the pod is gone already, or has said nothing. */
async function logTimes(target: Target, namespace: string, pod: string): Promise<Words | undefined> {
  const args = ["--kubeconfig", target.kubeconfig, "--namespace", namespace, "logs", pod, "--timestamps"];
  const { exitCode, stdout } = await execa("kubectl", args, { env: target.variables, reject: false });
  if (exitCode !== 0) return undefined;
  const times = stdout.split("\n").map((line) => Date.parse(line.split(" ")[0] ?? ""));
  const [first, last] = [times[0], times.at(-1)];
  return first === undefined || last === undefined || Number.isNaN(first + last)
    ? undefined
    : { first, last };
}
