import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A `pulumi` in front of the real one, which notes how it is called. */
export interface PulumiCalls {
  /** The PATH on which it is found first. */
  readonly path: string;
  /** The arguments of every call so far. */
  readonly all: () => Promise<string[]>;
  readonly forget: () => Promise<void>;
}

/** @param path the PATH on which the real one is found */
export async function noteCalls(path: string): Promise<PulumiCalls> {
  const folder = await mkdtemp(join(tmpdir(), "zero-downtime-pulumi-calls-"));
  const log = join(folder, "calls");
  await writeFile(log, "");
  const script = `#!/bin/sh\nprintf '%s\\n' "$*" >> '${log}'\nPATH='${path}' exec pulumi "$@"\n`;
  await writeFile(join(folder, "pulumi"), script);
  await chmod(join(folder, "pulumi"), 0o755);
  return {
    path: `${folder}:${path}`,
    all: async () => (await readFile(log, "utf8")).split("\n").filter((line) => line !== ""),
    forget: () => rm(folder, { recursive: true, force: true }),
  };
}
