// One throwaway PostgreSQL for a mocha run: started when first asked for, ended with the run.
import { after } from "mocha";
import { launchPostgres, type Server } from "./launch-postgres.ts";

let running: Promise<Server> | undefined;

/** The run's server. */
export function postgresServer(): Promise<Server> {
  running ??= launchPostgres();
  return running;
}

after(async () => {
  await running?.then(
    (server) => server.end(),
    () => undefined,
  );
});
