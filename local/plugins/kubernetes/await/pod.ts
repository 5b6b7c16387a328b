import type { ObjectEvent } from "../cluster/informers.ts";
import { nameOf } from "../objects/objects.ts";
import { type Awaiter, type AwaitContext, type Collection, type Verdict, WAITING } from "./awaiter.ts";
import { checkPod, type Message } from "./pod-check.ts";

/** Waits until a pod is scheduled, initialised and ready, or has succeeded. */
export function awaitPod(context: AwaitContext): Awaiter {
  let pod = context.object;
  let ready = false;
  let messages: readonly Message[] = [];
  const texts = (severity: string): string[] =>
    messages.filter((message) => message.severity === severity).map((message) => message.text);

  return {
    collections: ["pods"],
    rearms: true,
    see(_collection: Collection, { object }: ObjectEvent) {
      if (nameOf(object) !== nameOf(pod)) return;
      const check = checkPod(object);
      for (const step of check.steps) context.log("info", step);
      ({ ready, messages } = check);
      pod = object;
    },
    verdict: (): Verdict => (ready ? { state: "ready", object: pod } : WAITING),
    problems: () => [...texts("warning"), ...texts("error")],
    current: () => pod,
  };
}
