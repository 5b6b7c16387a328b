import { z } from "zod";
import { toldByApplication } from "../identity/identity.ts";

/** What the answer to a smoke request must be; what is left out is not checked. */
const expectation = z.object({
  status: z.number().int().min(100).max(599),
  /**
   * Every key and element given must be in the answer with the same value; the answer may have more
   * keys.
   */
  json: z.json().optional(),
  /** The answer contains this text. */
  text: z.string().optional(),
  /** Headers, by name, with their exact values. */
  header: z.record(z.string(), z.string()).optional(),
});
export type Expectation = z.infer<typeof expectation>;

/** A value that must not stand in settings: the variable of the Job's pod that holds it. */
const headerVariable = z.object({ variable: z.string().min(1) });

/** Settings of the Job that sends requests with known answers. */
export const smokeSettings = z.object({
  url: z.url(),
  requests: z
    .array(
      z.object({
        method: z.string().toUpperCase().default("GET"),
        path: z.string().startsWith("/"),
        headers: z.record(z.string(), z.union([z.string(), headerVariable])).default({}),
        /** A text is sent as it is, anything else as JSON. */
        body: z.json().optional(),
        expect: expectation,
      }),
    )
    .min(1),
  /**
   * What the answers must say of who gives them, before anybody relies on it at the entrance; null:
   * nothing.
   */
  identity: z
    .object({
      told: toldByApplication,
      path: z.string().startsWith("/"),
      /** Host header, as at the entrance. */
      host: z.string().min(1).optional(),
      /** Colour of the pods behind the URL. */
      colour: z.string().min(1),
    })
    .nullable()
    .default(null),
  deadlineSeconds: z.number().positive().max(3600),
});
export type SmokeSettings = z.infer<typeof smokeSettings>;
