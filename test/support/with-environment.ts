import { down, status, up, type Environment } from "../../local/environment.ts";

/**
 * Runs something on the one-machine environment, which is stopped again afterwards where this
 * started it.
 */
export async function withEnvironment<T>(run: (environment: Environment) => Promise<T>): Promise<T> {
  const wasRunning = (await status()).every(({ problem }) => problem === undefined);
  const environment = await up();
  try {
    return await run(environment);
  } finally {
    if (!wasRunning) await down();
  }
}
