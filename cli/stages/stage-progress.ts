import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { Listr } from "listr2";
import type { Step } from "../../release/step.ts";
import { newsOf } from "./engine-events.ts";
import { shownTasks, type ShownTask } from "../moves/step-titles.ts";

/** The tasks of a stage as they happen. */
export interface Show {
  readonly hear: (event: EngineEvent) => void;
  /** Ends the show; tasks that were not reached are told as such. */
  readonly end: () => Promise<void>;
}

interface Awaited extends ShownTask {
  readonly begun: PromiseWithResolvers<void>;
  readonly done: PromiseWithResolvers<"done" | "failed" | "not reached">;
}

/** Shows a list that ticks itself off on a terminal, and a line for each step elsewhere. */
export function showStage(steps: readonly Step[]): Show {
  const tasks = shownTasks(steps);
  const awaited = tasks.map((task): Awaited => ({
    ...task,
    begun: Promise.withResolvers(),
    done: Promise.withResolvers(),
  }));
  const running = process.stdout.isTTY ? onTerminal(awaited) : lineByLine(awaited);
  return {
    hear: (event) => {
      const news = newsOf(event, tasks);
      for (const step of awaited.filter(({ resource }) => resource === news?.resource)) {
        step.begun.resolve();
        if (news && news.state !== "begun") step.done.resolve(news.state);
      }
    },
    end: async () => {
      for (const step of awaited) {
        step.done.resolve("not reached");
        step.begun.resolve();
      }
      await running;
    },
  };
}

async function onTerminal(awaited: readonly Awaited[]): Promise<void> {
  const lines = awaited.map(({ title, done }) => ({
    title,
    task: async (_: unknown, task: { skip: (message?: string) => void }) => {
      const state = await done.promise;
      if (state === "not reached") task.skip(`${title}: not reached`);
      if (state === "failed") throw new Error(title);
    },
  }));
  await new Listr(lines, {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    rendererOptions: { timer: TIMER },
  }).run();
}

const TIMER = {
  condition: (duration: number) => duration > 1000,
  field: (duration: number) => `${(duration / 1000).toFixed(1)} s`,
};

async function lineByLine(awaited: readonly Awaited[]): Promise<void> {
  const begun = performance.now();
  await Promise.all(
    awaited.map(async ({ title, done }) => {
      const state = await done.promise;
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      if (state !== "not reached")
        process.stdout.write(`${seconds.padStart(6)} s  ${state === "failed" ? "FAILED  " : ""}${title}\n`);
    }),
  );
}
