import type { Folders } from "./folders.ts";
import type { Listener } from "./machine/listeners.ts";
import type { Need } from "./build/dependency.ts";
import type { Report } from "./report.ts";

/** What every part gets to work with. */
export interface Context {
  readonly folders: Folders;
  readonly report: Report;
}

/**
 * One part of the environment. Every verb may be repeated: it does what is still to be done, and
 * nothing else.
 */
export interface Part {
  readonly name: string;
  /** Packages, binaries and files that must be on this machine; fetched or built once. */
  readonly needs: readonly Need[];
  /**
   * Where its process listens; checked before anything is built, so that a taken port is one
   * message within seconds.
   */
  readonly listens?: readonly Listener[];
  /** What the part prepares for itself once its needs are met, such as images. */
  install?(context: Context): Promise<void>;
  start(context: Context): Promise<void>;
  /** What is still missing, in a few words; `undefined` when the part works. */
  ready(context: Context): Promise<string | undefined>;
  /**
   * Ends the part and takes away what it has put on this machine, also after a half-finished start.
   */
  stop(context: Context): Promise<void>;
  /** For `status`: where it is to be found. */
  address?(context: Context): string;
}
