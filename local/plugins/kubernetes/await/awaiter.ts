// What waiting for an object consists of; the loop in wait-until.ts drives it.
import type { ObjectEvent } from "../cluster/informers.ts";
import type { Severity } from "../../protocol/engine.ts";
import type { Properties } from "../../protocol/values.ts";

/** How it stands: ready with the newest object, still waiting, or failed for good. */
export type Verdict =
  | { readonly state: "ready"; readonly object: Properties }
  | { readonly state: "waiting" }
  | { readonly state: "failed"; readonly reason: "initialisation" };

/** The collections an awaiter can listen to, in the namespace of its object. */
export type Collection =
  | "deployments"
  | "replicasets"
  | "statefulsets"
  | "jobs"
  | "pods"
  | "services"
  | "endpoints"
  | "persistentvolumeclaims"
  | "self";

/** Takes in what happens and tells how it stands. */
export interface Awaiter {
  readonly collections: readonly Collection[];
  /** Takes in an event of one of the collections. */
  see(collection: Collection, event: ObjectEvent): void;
  verdict(): Verdict;
  /** What is wrong, for the error of a wait that did not end well. */
  problems(): string[];
  /** The newest object seen. */
  current(): Properties;
  /** Called every ten seconds: tells what hinders. */
  report?(): void;
  /** True when every event starts the time limit anew. */
  readonly rearms?: boolean;
}

/** What an awaiter is given. */
export interface AwaitContext {
  /** The object as the create or update returned it. */
  readonly object: Properties;
  /** The object before the update; undefined after a create. */
  readonly last: Properties | undefined;
  /** Shows a line in the status column, each line once. */
  log(severity: Severity, message: string): void;
  /** Calls back after some milliseconds, at once when there is no time to wait (refresh). */
  after(milliseconds: number, then: () => void): void;
}

/** Makes the awaiter of one object. */
export type MakeAwaiter = (context: AwaitContext) => Awaiter;

/** The verdict of an object that is on its way. */
export const WAITING: Verdict = { state: "waiting" };
