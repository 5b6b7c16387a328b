import { z } from "zod";
import { faults } from "./fault.ts";

const seconds = (value: number, most = 3600) => z.coerce.number().min(0).max(most).default(value);

const settings = z.object({
  /** Port of the HTTP server. */
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  /** Address to listen on; every address of the pod unless told otherwise. */
  HOST: z.string().optional(),
  ZERO_DOWNTIME_COLOUR: z.enum(["blue", "green"]).default("blue"),
  ZERO_DOWNTIME_VERSION: z.string().min(1).optional(),
  /**
   * Idle connections, used or not, are kept this long; 0 is for ever. Must exceed the idle time-out
   * of every gateway in front, or a request meets a connection that is just being closed. Envoy has
   * the longest that is usual: an hour.
   */
  KEEP_ALIVE_SECONDS: seconds(3_900, 86_400),
  /**
   * After SIGTERM: how long connections that stay open are still served, each answer with
   * `Connection: close`.
   */
  DRAIN_SECONDS: seconds(5),
  /** After that: how long requests in flight may take. */
  FINISH_SECONDS: seconds(10),
  /** Connections to PostgreSQL per pod. */
  DATABASE_POOL: z.coerce.number().int().min(1).max(100).default(8),
  /** Longest time that one statement may take before the request is answered 503. */
  DATABASE_DEADLINE_SECONDS: seconds(5),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  FAULT: faults.default(() => faults.parse("")),
});

/**
 * What the environment tells a pod of the address book; PGHOST and its siblings are read by the
 * PostgreSQL client itself.
 */
export type Settings = z.infer<typeof settings>;

/**
 * Reads the environment once, at the edge.
 * @throws {Error} naming every variable that is wrong, all at once.
 */
export function parseSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = settings.safeParse(environment);
  if (parsed.success) return parsed.data;
  throw new Error(`Cannot start as the environment is invalid: ${z.prettifyError(parsed.error)}`);
}
