import { down, status, up } from "../../local/environment.ts";

/** Runs something on the one-machine environment, which is stopped again afterwards where this started it. */
export async function withEnvironment<T>(run: () => Promise<T>): Promise<T> {
  const wasRunning = (await status()).isRunning;
  const report = (line: string) => process.stdout.write(`${line}\n`);
  await up(report);
  try {
    return await run();
  } finally {
    if (!wasRunning) await down(report);
  }
}
