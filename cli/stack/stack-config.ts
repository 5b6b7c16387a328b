import { parse } from "yaml";
import { z } from "zod";
import { releaseOf } from "../../protocol/config/release-of.ts";
import { configSchema } from "../../protocol/config/config-schema.ts";
import { contentsOf } from "../../protocol/state/colour-record.ts";
import { configKey, isOwnKey, withoutProject } from "../../protocol/names.ts";
import { TRAFFIC_MODES } from "../../protocol/traffic/backends.ts";
import { withContents } from "../../release/contents.ts";
import { withLogins } from "../../release/database/logins.ts";
import { other, type Release } from "../../release/release.ts";
import { standsAt, type Past } from "./stack-state.ts";
import { Trouble } from "../cli-error.ts";

const { active, phase, strategy, namespace, cluster, app, canary, database } = configSchema.shape;

/** An image by tag is the program's to refuse, and `zd candidate`'s to replace. */
const slot = z.looseObject({
  version: z.coerce.string(),
  image: z.string().default(""),
  schema: z.string().optional(),
});

const defaultOf = <T>(key: z.ZodType<T>): T => key.parse(undefined);

/**
 * What `zd` reads of the config by itself. What decides where the traffic goes follows the
 * program's rules. Of everything else the type will do: it is the program's to refuse, and a
 * mistake there keeps nobody from a look, or from the way back.
 */
const shape = z.looseObject({
  active,
  phase,
  strategy,
  namespace,
  cluster: cluster.unwrap().loose().prefault({}),
  manifests: z.string().default(""),
  replicas: z.number().default(0),
  app: z.looseObject({
    name: app.shape.name,
    // Left out, the count is whatever the program that runs there takes it for.
    replicas: z.number().optional(),
    autoscale: z.looseObject({ min: z.number() }).optional(),
  }),
  traffic: z.looseObject({ mode: z.enum(TRAFFIC_MODES) }),
  weight: z.number().optional(),
  blue: slot.optional(),
  green: slot.optional(),
  canary: z
    .looseObject({
      rungs: z.array(z.number()).default(defaultOf(canary.unwrap().shape.rungs)),
      pass: z.looseObject({ weight: z.number(), reason: z.string() }).optional(),
    })
    .prefault({}),
  database: z
    .looseObject({
      host: z.string(),
      port: z.number().default(defaultOf(database.unwrap().shape.port)),
      jobHost: z.string().optional(),
      jobPort: z.number().optional(),
      name: z.string(),
      sslmode: z.string().default(defaultOf(database.unwrap().shape.sslmode)),
      prefix: z.string().optional(),
      logins: z.unknown().optional(),
      usesLogin: z.unknown().optional(),
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
export const knownOf = (text: string, file: string): Known => partOf(shape, text, file);

/**
 * A part of the stack's config.
 *
 * @throws {Trouble} naming every key that is missing or wrong
 */
export function partOf<T>(part: z.ZodType<T>, text: string, file: string): T {
  const { config = {} } = (parse(text) ?? {}) as { config?: Record<string, unknown> };
  const values = Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => (isOwnKey(key) ? [[withoutProject(key), value]] : [])),
  );
  const parsed = part.safeParse(values);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `  ${configKey(path.join("."))}: ${message}`);
  throw new Trouble(
    "usage",
    `Cannot read the config in ${file}:\n${wrong.join("\n")}`,
    "Set what is missing with pulumi config set; Pulumi.yaml describes every key. A new config: zd init",
  );
}

/**
 * The release that config describes: its slots at its place, with the settings of the last `up`,
 * which alone knows their defaults.
 *
 * @param migrations ids of the migrations in the checkout, in order
 */
export function configuredRelease(known: Known, past: Past, migrations: readonly string[]): Release {
  if (!known[known.active]) {
    throw new Trouble(
      "usage",
      `Cannot read the release as ${known.active} is active and not set.`,
      `Name its version and image in ${configKey(known.active)}.`,
    );
  }
  const settings = standsAt(past)?.settings ?? {
    database: known.database ? firstDatabase(known.database) : null,
  };
  const isWhole = known[other(known.active)] !== undefined;
  const release = releaseOf(isWhole ? known : { ...known, phase: "stable" }, migrations, settings);
  return withLogins(withContents(release, contentsOf(past.records)), past.completed?.release ?? null);
}

/** What the first stage of a stack does by its database. */
const firstDatabase = ({ name, logins, usesLogin }: NonNullable<Known["database"]>) => ({
  name,
  ...(logins === "application" ? { logins: "application" as const } : {}),
  ...(usesLogin === false ? { usesLogin: false } : {}),
});

/**
 * Pods of a colour at full size, where config says so; null where it leaves that to the default, or
 * to the manifests.
 */
export function fullSizeIn({ manifests, replicas, app }: Known): number | null {
  if (replicas > 0) return replicas;
  return manifests === "" ? (app.autoscale?.min ?? app.replicas ?? null) : null;
}
