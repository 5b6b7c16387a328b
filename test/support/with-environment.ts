import { down, status, up, type Environment } from "../../local/environment.ts";

/** The one-machine environment, for whoever comes to need it. */
export interface EnvironmentOnDemand {
  /** Brings it up for the first who asks. */
  readonly start: () => Promise<Environment>;
  /** Stops it again where it was started here. */
  readonly end: () => Promise<void>;
}

export function environmentOnDemand(): EnvironmentOnDemand {
  let starting: Promise<Environment> | undefined;
  let wasRunning = true;
  async function start(): Promise<Environment> {
    wasRunning = (await status()).every(({ problem }) => problem === undefined);
    return up();
  }
  return {
    start: () => (starting ??= start()),
    end: async () => {
      const hasStarted = await starting?.then(
        () => true,
        () => false,
      );
      if (hasStarted && !wasRunning) await down();
    },
  };
}

/**
 * Runs something on the one-machine environment, which is stopped again afterwards where this
 * started it.
 */
export async function withEnvironment<T>(run: (environment: Environment) => Promise<T>): Promise<T> {
  const { start, end } = environmentOnDemand();
  const environment = await start();
  try {
    return await run(environment);
  } finally {
    await end();
  }
}
