import * as fs from "node:fs";
import * as path from "node:path";
import type { Context } from "../component.ts";

/**
 * Remembers which of these folders were not there before: programs make them whatever their
 * settings say.
 */
export function noteFolders(context: Context, part: string, folders: readonly string[]): void {
  const note = noteFile(context, part);
  if (fs.existsSync(note)) return;
  fs.writeFileSync(note, JSON.stringify(folders.filter((folder) => !fs.existsSync(folder))));
}

/** Removes the folders that were not there before; what others have in theirs stays. */
export function removeNotedFolders(context: Context, part: string): void {
  const note = noteFile(context, part);
  if (!fs.existsSync(note)) return;
  for (const folder of JSON.parse(fs.readFileSync(note, "utf8")) as string[]) {
    // Somebody's own containerd may have come meanwhile.
    if (fs.existsSync(path.join(folder, "containerd.sock"))) continue;
    fs.rmSync(folder, { recursive: true, force: true });
  }
  fs.rmSync(note);
}

function noteFile(context: Context, part: string): string {
  return path.join(context.folders.run, `folders-before-${part}.json`);
}
