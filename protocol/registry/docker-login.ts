import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

const dockerConfig = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});

const stored = z.object({ Username: z.string(), Secret: z.string() });

/**
 * `user:password` as `docker login` on this machine has stored it; null where it has not.
 *
 * @throws {Error} where docker's config or what its helper says cannot be read; never with a
 * password in it
 */
export async function loginFor(registry: string, signal: AbortSignal): Promise<string | null> {
  const file = join(process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker"), "config.json");
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  const config = dockerConfig.safeParse(jsonOrNull(text));
  if (!config.success) throw new Error(`${file} is not in the form that docker writes`);
  const { auths, credHelpers, credsStore } = config.data;
  const key = registry === "registry-1.docker.io" ? "https://index.docker.io/v1/" : registry;
  const helper = credHelpers[key] ?? credsStore;
  if (helper !== undefined) return askHelper(`docker-credential-${helper}`, key, signal);
  const encoded = auths[key]?.auth;
  return encoded === undefined ? null : Buffer.from(encoded, "base64").toString("utf8");
}

/** A helper that is not there, or that ends with an error, knows of no login. */
async function askHelper(command: string, key: string, signal: AbortSignal): Promise<string | null> {
  const said = await outputOf(command, key, signal);
  if (said === null) return null;
  const login = stored.safeParse(jsonOrNull(said));
  if (!login.success) throw new Error(`${command} does not answer as docker's helpers do`);
  return `${login.data.Username}:${login.data.Secret}`;
}

const outputOf = (command: string, input: string, signal: AbortSignal): Promise<string | null> =>
  new Promise((resolve) => {
    const child = spawn(command, ["get"], { signal, stdio: ["pipe", "pipe", "ignore"] });
    const parts: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    child.on("error", () => resolve(null));
    child.on("close", (code) => resolve(code === 0 ? Buffer.concat(parts).toString("utf8") : null));
    // One that reads nothing closes its end before everything is written.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });

/** Errors of the parser show what it reads, and here that is secret. */
function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
