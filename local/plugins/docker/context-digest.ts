// A digest of all that an image is built from, so that the same content is built once.
import { createHash, type Hash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { isIgnored, parseIgnoreFile, type IgnorePattern } from "./ignore-patterns.ts";

/** The ignore file that counts for a build: the Dockerfile's own, else the context's, else none. */
export function ignoreFileOf(context: string, dockerfile: string): string | undefined {
  return [`${dockerfile}.dockerignore`, join(context, ".dockerignore")].find((path) => existsSync(path));
}

/**
 * Digests the Dockerfile and every file of the context that is not ignored: names, modes
 * and contents.
 */
export async function contextDigest(context: string, dockerfile: string): Promise<string> {
  const ignoreFile = ignoreFileOf(context, dockerfile);
  const patterns = ignoreFile === undefined ? [] : parseIgnoreFile(await readFile(ignoreFile, "utf8"));
  const total = createHash("sha256");
  await add(total, dockerfile, "Dockerfile", false);
  for (const path of await filesOf(context, "", patterns)) await add(total, join(context, path), path, true);
  return total.digest("hex");
}

async function filesOf(root: string, folder: string, patterns: readonly IgnorePattern[]): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  const hasExceptions = patterns.some(({ exception }) => exception);
  for (const entry of entries) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    const ignored = isIgnored(path, patterns);
    // Something within an ignored folder may be excepted.
    if (entry.isDirectory() && (!ignored || hasExceptions))
      files.push(...(await filesOf(root, path, patterns)));
    else if (!entry.isDirectory() && !ignored) files.push(path);
  }
  return files;
}

async function add(total: Hash, file: string, name: string, withMode: boolean): Promise<void> {
  const status = await lstat(file);
  const content = createHash("sha256");
  if (status.isSymbolicLink()) {
    // The place that it leads to, not what is there.
    content.update(await realpath(file));
  } else if (status.isFile()) {
    for await (const chunk of createReadStream(file)) content.update(chunk as Buffer);
  }
  total.update(`${name}\0${withMode ? status.mode.toString(8) : ""}\0${content.digest("hex")}\0`);
}
