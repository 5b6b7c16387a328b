import { z } from "zod";

const share = (value: number) => z.number().min(0).max(1).default(value);

const options = z.strictObject({
  /** Where the address book answers, for example `http://127.0.0.1:8080`. */
  url: z.url({ protocol: /^http$/ }),
  /** Host header, where the entrance chooses by it. */
  hostHeader: z.string().min(1).optional(),
  /** The one host besides this machine that may be loaded. */
  allowHost: z.string().min(1).optional(),
  /** Requests per second, sent whether or not earlier ones have been answered. */
  rate: z.number().positive().max(20_000).default(100),
  /** The load ends by itself after this time … */
  seconds: z.number().positive().max(7_200).default(3_600),
  /** … or after so many requests, whichever comes first. */
  requests: z.number().int().positive().max(5_000_000).default(2_000_000),
  /** Share of requests on a connection of their own; the others use kept-alive ones. */
  fresh: share(0.3),
  /**
   * Kept-alive connections that are held from the start; more are opened only when all are busy.
   */
  connections: z.number().int().min(1).max(1_000).default(20),
  /** Requests under way at the same time; an arrival beyond is not sent but counted as overflow. */
  inFlight: z.number().int().min(1).max(10_000).default(1_000),
  /** An answer that takes longer, from its arrival in the schedule, is right but slow. */
  slowMilliseconds: z.number().positive().default(1_000),
  /** A request without an answer after this time has failed. */
  timeoutMilliseconds: z.number().positive().default(10_000),
  /** Shares of the kinds of requests; what is left over reads one address back. */
  create: share(0.1),
  update: share(0.2),
  list: share(0.1),
  /**
   * Share of writes in the form of version 2 (street_name, house_number), while a version that
   * takes it has answered lately.
   */
  split: share(0.4),
  /** The same seed gives the same requests. */
  seed: z.number().int().min(0).default(1),
});

/** What a load is made of; see each field. */
export type LoadOptions = z.input<typeof options>;
export type ParsedLoadOptions = z.output<typeof options>;

const THIS_MACHINE = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * @throws {Error} naming every option that is wrong, or the host that is not this machine.
 */
export function parseLoadOptions(given: LoadOptions): ParsedLoadOptions {
  const parsed = options.safeParse(given);
  if (!parsed.success)
    throw new Error(`Cannot start the load as its options are invalid: ${z.prettifyError(parsed.error)}`);
  const { hostname } = new URL(parsed.data.url);
  if (!THIS_MACHINE.has(hostname) && hostname !== parsed.data.allowHost) {
    throw new Error(
      `Cannot send load to ${hostname} as it is not this machine. If it is yours and may be loaded, say so: --allow-host ${hostname}`,
    );
  }
  if (parsed.data.create + parsed.data.update + parsed.data.list > 1) {
    throw new Error(
      "Cannot start the load as the shares of create, update and list are more than 1 together",
    );
  }
  return parsed.data;
}
