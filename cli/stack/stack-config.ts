import { parse } from "yaml";
import { z } from "zod";
import { hasWeight, isAfterSwitch, PHASE_NAMES, STRATEGIES } from "../../release/phases.ts";
import { COLOURS, other, type Release, type Slot } from "../../release/release.ts";
import { TRAFFIC_MODES } from "../../protocol/traffic/backends.ts";
import type { Place } from "../../release/place.ts";
import { standsAt, type Past } from "./stack-state.ts";
import { Trouble } from "../cli-error.ts";

const slot = z.looseObject({
  version: z.coerce.string(),
  image: z.string().default(""),
  schema: z.string().optional(),
});

/** What `zd` reads of the config by itself. Everything else is the program's to read, and to refuse. */
const shape = z.looseObject({
  active: z.enum(COLOURS),
  phase: z.enum(PHASE_NAMES),
  strategy: z.enum(STRATEGIES),
  weight: z.number().optional(),
  blue: slot.optional(),
  green: slot.optional(),
  namespace: z.string(),
  cluster: z.looseObject({ kubeconfig: z.string().optional(), context: z.string().optional() }).default({}),
  app: z.looseObject({
    name: z.string(),
    replicas: z.number().optional(),
    autoscale: z.looseObject({ min: z.number() }).optional(),
  }),
  traffic: z.looseObject({ mode: z.enum(TRAFFIC_MODES) }),
  canary: z
    .looseObject({
      rungs: z.array(z.number()).optional(),
      pass: z.looseObject({ weight: z.number(), reason: z.string() }).optional(),
    })
    .default({}),
  database: z
    .looseObject({
      host: z.string(),
      port: z.number().default(5432),
      name: z.string(),
      sslmode: z.string().default("require"),
      prefix: z.string().optional(),
    })
    .optional(),
});

export type Known = z.infer<typeof shape>;

/**
 * The stack's config, as far as `zd` needs it.
 *
 * @param text of Pulumi.<stack>.yaml
 * @throws {Trouble} naming every key that is missing or wrong
 */
export function knownOf(text: string, file: string): Known {
  const { config = {} } = (parse(text) ?? {}) as { config?: Record<string, unknown> };
  const values = Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) =>
      key.startsWith("zero-downtime:") ? [[key.slice("zero-downtime:".length), value]] : [],
    ),
  );
  const parsed = shape.safeParse(values);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(
    ({ path, message }) => `  zero-downtime:${path.join(".")}: ${message}`,
  );
  throw new Trouble(
    "usage",
    `Cannot read the config in ${file}:\n${wrong.join("\n")}`,
    "Set what is missing with pulumi config set; Pulumi.yaml describes every key. A new config: zd init",
  );
}

/**
 * The release that config describes: its slots at its place, with the settings of the last `up`, which alone knows their defaults.
 *
 * @param migrations ids of the migrations in the checkout, in order
 */
export function configuredRelease(known: Known, past: Past, migrations: readonly string[]): Release {
  const before = standsAt(past);
  const frame = {
    strategy: known.strategy,
    rungs: known.canary.rungs ?? before?.rungs ?? [],
    migrations,
    settings: before?.settings ?? { database: known.database ? { name: known.database.name } : null },
  };
  const active = slotIn(known, known.active);
  const idle = slotIn(known, other(known.active));
  const { phase } = known;
  if (!active) {
    throw new Trouble(
      "usage",
      `Cannot read the release as ${known.active} is active and not set.`,
      `Name its version and image in zero-downtime:${known.active}.`,
    );
  }
  if (phase === "stable" || !idle) return { ...frame, phase: "stable", from: active, to: idle };
  const [from, to] = isAfterSwitch(phase) ? [idle, active] : [active, idle];
  return hasWeight(phase)
    ? { ...frame, phase, weight: known.weight ?? 0, from, to }
    : { ...frame, phase, from, to };
}

function slotIn(known: Known, colour: "blue" | "green"): Slot | null {
  const entry = known[colour];
  return entry ? { colour, version: entry.version, image: entry.image, schema: entry.schema ?? null } : null;
}

/** Where config says that the release is to go. */
export const placeIn = ({ phase, active, weight }: Known): Place =>
  hasWeight(phase) && weight !== undefined ? { phase, active, weight } : { phase, active };

/** Pods of a colour at full size, where config says so; null where it leaves that to the default. */
export const fullSizeIn = ({ app }: Known): number | null => app.autoscale?.min ?? app.replicas ?? null;
