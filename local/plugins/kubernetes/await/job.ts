import type { ObjectEvent } from "../cluster/informers.ts";
import { isOwnedBy, maps, nameOf, number, text } from "../objects/objects.ts";
import type { Properties } from "../../protocol/values.ts";
import { type Awaiter, type AwaitContext, type Collection, type Verdict, WAITING } from "./awaiter.ts";
import { checkPod, displayName } from "./pod-check.ts";

/** How far a Job has come. */
export interface JobCheck {
  readonly ready: boolean;
  readonly steps: readonly string[];
  /** Why it failed for good, or undefined. */
  readonly failure: string | undefined;
}

// Only these end the wait; other reasons of failure (a pod failure policy, failed indexes) are not
// seen as such.
const FINAL_REASONS = new Set(["BackoffLimitExceeded", "DeadlineExceeded"]);

/** Whether a Job has completed, is under way, or has failed for good. */
export function checkJob(job: Properties): JobCheck {
  const name = displayName(job);
  const steps = [`Waiting for Job "${name}" to start`];
  if (text(job, "status", "startTime") === "") return { ready: false, steps, failure: undefined };
  const count = (key: string): number => number(job, "status", key) ?? 0;
  const progress = `(Active: ${count("active")} | Succeeded: ${count("succeeded")} | Failed: ${count("failed")})`;
  steps.push(`Waiting for Job "${name}" to succeed ${progress}`);
  const condition = (type: string): Properties | undefined =>
    maps(job, "status", "conditions").find((entry) => entry["type"] === type && entry["status"] === "True");
  const failed = condition("Failed");
  const reason = text(failed, "reason");
  if (FINAL_REASONS.has(reason)) {
    return { ready: false, steps, failure: `[${reason}] ${text(failed, "message")}` };
  }
  return { ready: condition("Complete") !== undefined, steps, failure: undefined };
}

/** Waits until a Job is complete, or has failed for good. */
export function awaitJob(context: AwaitContext): Awaiter {
  let job = context.object;
  let failed = false;
  let ready = false;
  const problems = new Set<string>();

  return {
    collections: ["pods", "jobs"],
    rearms: true,
    see(collection: Collection, { object }: ObjectEvent) {
      if (collection === "pods") {
        if (!isOwnedBy(object, context.object)) return;
        for (const message of checkPod(object).messages) {
          if (message.severity === "info") continue;
          problems.add(message.text);
          // A pod that ends is unready on its way, which is no news.
          if (!message.text.includes("containers with unready status"))
            context.log(message.severity, message.text);
        }
      } else if (nameOf(object) === nameOf(job)) {
        const check = checkJob(object);
        for (const step of check.steps) context.log("info", step);
        ready = check.ready;
        failed ||= check.failure !== undefined;
        if (check.failure !== undefined) problems.add(check.failure);
        job = object;
      }
    },
    verdict(): Verdict {
      if (failed) return { state: "failed", reason: "initialisation" };
      return ready ? { state: "ready", object: job } : WAITING;
    },
    problems: () => [...problems],
    current: () => job,
  };
}
