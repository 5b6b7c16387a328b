import { closeSync, openSync, readSync, watch } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { Heard } from "./operations.ts";

/** What an engine writes into the file of its events. */
export interface Hearing {
  /** All that was written, each event with the time at which it was. */
  readonly end: () => Heard[];
}

const CHUNK_BYTES = 65_536;

/**
 * Hears the events as they come: their own times are whole seconds.
 *
 * @param file is made, and emptied where it is there
 */
export function hearEvents(file: string): Hearing {
  closeSync(openSync(file, "w"));
  const descriptor = openSync(file, "r");
  const decoder = new StringDecoder("utf8");
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const heard: Heard[] = [];
  let unfinished = "";
  const readOn = (): void => {
    const at = Date.now();
    for (let bytes = 1; bytes > 0;) {
      bytes = readSync(descriptor, chunk);
      unfinished += decoder.write(chunk.subarray(0, bytes));
    }
    const lines = unfinished.split("\n");
    unfinished = lines.pop() ?? "";
    heard.push(...lines.map((line) => ({ at, event: JSON.parse(line) as EngineEvent })));
  };
  const watcher = watch(file, readOn);
  return {
    end: () => {
      watcher.close();
      readOn();
      closeSync(descriptor);
      return heard;
    },
  };
}
