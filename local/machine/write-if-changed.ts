import * as fs from "node:fs";
import { readIfThere } from "./process-identity.ts";

/**
 * Writes a configuration; one that is as it should be keeps its time, as some programs end when
 * theirs is written.
 */
export function writeIfChanged(file: string, text: string, mode = 0o644): void {
  if (readIfThere(file) === text) return;
  fs.writeFileSync(`${file}.new`, text, { mode });
  fs.renameSync(`${file}.new`, file);
}
