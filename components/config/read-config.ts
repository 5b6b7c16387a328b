import { existsSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { hasWeight, isUnderWay, PHASES } from "../../release/phases.ts";
import { asJson, COLOURS, other, type Release, type ReleaseSettings } from "../../release/release.ts";
import type { Colour } from "../../release/release.ts";
import { releaseOf } from "../../protocol/config/release-of.ts";
import { configKey, PROJECT } from "../../protocol/names.ts";
import { formProblems } from "./form-problems.ts";
import { configSchema, type Config, type Passwords } from "../../protocol/config/config-schema.ts";
import { unsafeInValues, type PasswordUse } from "./passwords.ts";
import { areOpen, hideSecrets, type ConfigSecrets } from "./config-secrets.ts";
import type { Capabilities } from "../../protocol/traffic/backend.ts";
import { backendFor, backendOf, TRAFFIC_MODES, type TrafficMode } from "../../protocol/traffic/backends.ts";

/** Keys whose config text is a bare string; all others are JSON. */
const TEXT_KEYS: readonly string[] = ["active", "phase", "strategy", "namespace", "manifests", "images"];

/**
 * Optional objects that Pulumi.yaml defaults to {}, as the engine demands a value for every
 * declared key.
 */
const EMPTY_MEANS_ABSENT: readonly string[] = ["blue", "green", "database", "databasePasswords"];

/** The part of config that stays the same from a release's first stage to its last. */
const releaseSettings = configSchema.pick({
  namespace: true,
  app: true,
  traffic: true,
  database: true,
  soak: true,
});

/** @returns why a colour's password may not stand in these values; null where it may */
export type UnsafePassword = (colour: Colour, uses: readonly PasswordUse[]) => string | null;

/**
 * What the program knows from config: parsed, valid as a whole, and without secrets except in
 * `passwords`.
 */
export interface Settings {
  readonly config: Omit<Config, "databasePasswords">;
  /** What `app` encrypts: config refers to the Secret of this name instead. Null: nothing. */
  readonly secrets: ConfigSecrets | null;
  /** The release that config describes; what its slots consist of is not known yet. */
  readonly asked: Release;
  readonly passwords: pulumi.Output<Passwords> | null;
  /** Whose passwords are among them. */
  readonly passwordsOf: readonly string[];
  /** Why a colour's password may not stand where it does; null where it may. */
  readonly unsafePassword: UnsafePassword;
  /** Errors for a new stack, warnings for an existing one. */
  readonly warnings: readonly string[];
}

/**
 * Whether the stack's config encrypts anything in a key; the SDK has this, though not in its
 * published types.
 */
const { isConfigSecret } = pulumi.runtime as unknown as {
  readonly isConfigSecret: (key: string) => boolean;
};

/** A key, the rule it breaks and its value now. */
interface Problem {
  readonly key: string;
  readonly rule: string;
  readonly value: unknown;
}

/** What is known of the stack before its config is read. */
export interface KnownBefore {
  /** Of the stack, for digests of what is secret. */
  readonly key: string;
  /** The stages that were completed and entered last. */
  readonly completed: { readonly release: Release } | null;
  readonly entered: { readonly release: Release } | null;
}

/**
 * Reads all of the stack's config.
 *
 * @param migrations those in this repository, in order
 * @throws {pulumi.RunError} with every key that is missing or wrong, each with its rule and its
 * value
 */
export async function readSettings(
  migrations: readonly { readonly id: string }[],
  known: KnownBefore,
): Promise<Settings> {
  const ids = migrations.map(({ id }) => id);
  const values = await readValues(new pulumi.Config(PROJECT));
  const parsed = configSchema.safeParse(values);
  const problems = parsed.success
    ? crossProblems(parsed.data, values, ids)
    : parsed.error.issues.map((issue) => problem(issue, values));
  if (!parsed.success || problems.length > 0) throw new pulumi.RunError(describeProblems(problems));
  const { databasePasswords, ...plain } = parsed.data;
  const isSecret = isConfigSecret(configKey("app"));
  const stages = [known.completed, known.entered].flatMap((mark) => (mark ? [mark.release] : []));
  const isOpen = isSecret && areOpen(stages);
  const { config, secrets } = hideSecrets(plain, isSecret && !isOpen, known.key);
  return {
    config,
    secrets,
    asked: releaseOf(config, ids, settingsOf(config)),
    passwords: databasePasswords ? pulumi.secret(databasePasswords) : null,
    warnings: [
      ...clearPasswords(parsed.data),
      ...openSecrets(),
      ...(isOpen ? [OPEN_UNTIL_STABLE] : isSecret && secrets === null ? [SECRET_ELSEWHERE] : []),
    ],
    passwordsOf: Object.keys(databasePasswords ?? {}),
    unsafePassword: (colour, uses) =>
      unsafeInValues(`databasePasswords.${colour}`, databasePasswords?.[colour] ?? "", uses),
  };
}

/** Settings do not change in mid-release, and with them the pods that serve. */
const OPEN_UNTIL_STABLE =
  `${configKey("app")} holds secrets that the release began with in clear: they stand so in the stack's state and in pods until it is over. ` +
  `Give the next version new ones.`;

const SECRET_ELSEWHERE =
  `${configKey("app")} holds a secret in none of app.env and no header of app.smoke: it stands in the stack's state and in settings of Jobs. ` +
  `Name the key of a Secret of the namespace there instead, or take it out.`;

/** Keys of config whose values may be secrets, and are kept as such. */
const SECRET_KEYS: readonly string[] = ["app", "databasePasswords"];

/** Everything else stands in the state, and in settings of Jobs. */
const openSecrets = (): string[] =>
  Object.keys(configSchema.shape)
    .filter((key) => !SECRET_KEYS.includes(key) && isConfigSecret(configKey(key)))
    .map(
      (key) =>
        `${configKey(key)} must not hold a secret: it stands in the stack's state and in settings of Jobs. ` +
        `What is kept secret are databasePasswords, the values of app.env and the headers of app.smoke.`,
    );

/** In clear text they are in the config's file, in its history, and in the log of every preview. */
function clearPasswords({ databasePasswords }: Config): string[] {
  if (databasePasswords === undefined || isConfigSecret(configKey("databasePasswords"))) return [];
  return [
    `${configKey("databasePasswords")} must be secrets: they are in clear. Encrypt the values that are there: ` +
      `pulumi config set --secret --path ${configKey("databasePasswords.admin")}, and so on for each; then give each colour a new one while it is idle.`,
  ];
}

async function readValues(config: pulumi.Config): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const key of Object.keys(configSchema.shape)) {
    const isSecret = isConfigSecret(configKey(key));
    const text = isSecret ? await plainSecret(config, key) : config.get(key);
    if (text === undefined || (EMPTY_MEANS_ABSENT.includes(key) && text === "{}")) continue;
    values[key] = TEXT_KEYS.includes(key) ? text : parseJson(text);
  }
  return values;
}

/**
 * The secret's text, for validation in memory only; what resources get is marked as a secret again.
 */
function plainSecret(config: pulumi.Config, key: string): Promise<string | undefined> {
  const secret = config.getSecret(key);
  if (!secret) return Promise.resolve(undefined);
  return new Promise((resolve) => secret.apply(resolve));
}

/** Text that is not JSON stays text, so that the key's own rule can say what is wrong with it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function problem(issue: z.core.$ZodIssue, values: Record<string, unknown>): Problem {
  const key = issue.path.join(".");
  const value = issue.path.reduce<unknown>(
    (at, part) => (isRecord(at) ? at[String(part)] : undefined),
    values,
  );
  const top = String(issue.path[0]);
  const isSecret = top === "databasePasswords" || isConfigSecret(configKey(top));
  return { key, rule: ruleOf(issue), value: isSecret && value !== undefined ? "[secret]" : value };
}

function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `has keys that do not exist: ${issue.keys.join(", ")}`;
  if (issue.code === "invalid_value") return `must be one of ${issue.values.join(", ")}`;
  return issue.message.replace(/^Invalid input: expected (\w+), received .*$/, "must be of type $1");
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** Rules that span keys. */
function crossProblems(
  config: Config,
  values: Readonly<Record<string, unknown>>,
  migrations: readonly string[],
): Problem[] {
  return [
    ...formProblems(config, values),
    ...slotProblems(config, migrations),
    ...phaseProblems(config),
    ...databaseProblems(config),
    ...partProblems(config),
  ];
}

function slotProblems(config: Config, migrations: readonly string[]): Problem[] {
  const needed = isUnderWay(config.phase) ? [config.active, other(config.active)] : [config.active];
  const missing = needed
    .filter((colour) => !config[colour])
    .map((colour) => ({
      key: colour,
      rule: `must be set in ${config.phase} with ${config.active} active`,
      value: undefined,
    }));
  const same =
    config.blue && config.green && config.blue.version === config.green.version
      ? [{ key: "green.version", rule: "must differ from blue.version", value: config.green.version }]
      : [];
  const unknown = (["blue", "green"] as const).flatMap((colour) => {
    const schema = config[colour]?.schema;
    if (schema === undefined || migrations.includes(schema)) return [];
    return [
      {
        key: `${colour}.schema`,
        rule: `must be a folder of migrations/ (${migrations.join(", ")})`,
        value: schema,
      },
    ];
  });
  return [...missing, ...same, ...unknown];
}

function phaseProblems({ phase, strategy, weight, canary, traffic }: Config): Problem[] {
  const problems: Problem[] = [];
  if (!PHASES[phase].strategies.includes(strategy)) {
    problems.push({ key: "phase", rule: `does not exist in strategy ${strategy}`, value: phase });
  }
  if (hasWeight(phase) && (weight === undefined || !canary.rungs.includes(weight))) {
    problems.push({
      key: "weight",
      rule: `must be one of canary.rungs (${canary.rungs.join(", ")}) in ${phase}`,
      value: weight,
    });
  }
  if (strategy === "canary") problems.push(...canaryProblems(traffic.mode, canary.stickiness));
  if (canary.pass && !canary.rungs.includes(canary.pass.weight)) {
    const rule = `must be one of canary.rungs (${canary.rungs.join(", ")})`;
    problems.push({ key: "canary.pass.weight", rule, value: canary.pass.weight });
  }
  return problems;
}

/** What the traffic's backend has to be able to do for a canary. */
function canaryProblems(mode: TrafficMode, stickiness: Config["canary"]["stickiness"]): Problem[] {
  const { object, can } = backendFor(mode);
  const able = (what: keyof Capabilities) =>
    TRAFFIC_MODES.filter((other) => backendFor(other).can[what])
      .map((other) => `${backendFor(other).title} (traffic.mode ${other})`)
      .join(" or ");
  if (!can.weights) {
    const rule =
      `cannot be canary with traffic.mode ${mode}, as a ${object.kind} has no weights: ` +
      `use ${able("weights")}, or strategy blue-green`;
    return [{ key: "strategy", rule, value: "canary" }];
  }
  if (stickiness === undefined || can.stickyCookie) return [];
  const rule = `needs a traffic.mode that keeps users by a cookie: ${able("stickyCookie")}`;
  return [{ key: "canary.stickiness", rule, value: stickiness }];
}

function databaseProblems({ blue, green, database, databasePasswords, canary }: Config): Problem[] {
  const problems: Problem[] = [];
  if (canary.database && !database)
    problems.push({ key: "canary.database", rule: "needs database", value: canary.database });
  if ((blue?.schema ?? green?.schema) !== undefined && !database) {
    problems.push({ key: "database", rule: "must be set where a colour has a schema", value: undefined });
  }
  if (database && !databasePasswords) {
    problems.push({
      key: "databasePasswords",
      rule: "must be set (as secrets) where database is",
      value: undefined,
    });
  }
  if (database?.logins === "application") {
    if (canary.database) {
      const rule = "needs database.logins: colour, as the guard tells the versions' sessions by their logins";
      problems.push({ key: "canary.database", rule, value: canary.database });
    }
    return problems;
  }
  if (!database || !databasePasswords) return problems;
  for (const colour of COLOURS)
    if (databasePasswords[colour] === undefined)
      problems.push({
        key: `databasePasswords.${colour}`,
        rule: "must be set unless database.logins is application",
        value: undefined,
      });
  return problems;
}

function partProblems({ jobs, traffic, app, cluster, manifests, replicas }: Config): Problem[] {
  const problems: Problem[] = [];
  if (cluster.kubeconfig !== undefined && !existsSync(cluster.kubeconfig)) {
    problems.push({
      key: "cluster.kubeconfig",
      rule: "must be a file that exists",
      value: cluster.kubeconfig,
    });
  }
  if (!jobs.image && !jobs.repository) {
    problems.push({
      key: "jobs.repository",
      rule: "must say where to push the jobs image, unless jobs.image names one",
      value: undefined,
    });
  }
  for (const { key, ...rest } of backendOf(traffic).problems(traffic, manifests !== ""))
    problems.push({ key: `traffic.${key}`, ...rest });
  if (app.identity === "entrance" && traffic.mode !== "gateway") {
    problems.push({
      key: "app.identity",
      rule: "may be entrance only with traffic.mode gateway, as a Service adds no header",
      value: app.identity,
    });
  }
  if (app.autoscale && replicas > 0) {
    // Checks and the guard would wait for pods that the autoscaler has no reason to start.
    const rule = "must be left out where app.autoscale is set: its min is the full size of a colour";
    problems.push({ key: "replicas", rule, value: replicas });
  }
  if (app.autoscale && app.autoscale.max < app.autoscale.min) {
    problems.push({
      key: "app.autoscale.max",
      rule: "must be at least app.autoscale.min",
      value: app.autoscale.max,
    });
  }
  return problems;
}

function describeProblems(problems: readonly Problem[]): string {
  const lines = problems.map(({ key, rule, value }) => {
    const now = value === undefined ? "it is not set" : `its value is ${JSON.stringify(value)}`;
    return `  ${configKey(key)} ${rule}; ${now}`;
  });
  return [
    `Cannot read the config as ${lines.length === 1 ? "a value is" : `${lines.length} values are`} wrong; nothing was changed.`,
    ...lines,
  ].join("\n");
}

/**
 * A release from the state, with the defaults that this version of the program has added since: an
 * upgrade in mid-release is no edit. Settings that this version no longer accepts stay as they are,
 * so that they are noticed.
 */
export function withNewDefaults<R extends Release>(release: R): R {
  const parsed = releaseSettings.safeParse(release.settings);
  return parsed.success ? { ...release, settings: settingsOf(parsed.data) } : release;
}

/** Only the release's settings, of all that config holds. */
function settingsOf(config: z.infer<typeof releaseSettings>): ReleaseSettings {
  const kept = Object.keys(releaseSettings.shape);
  const settings = Object.fromEntries(Object.entries(config).filter(([key]) => kept.includes(key)));
  return asJson(settings) as ReleaseSettings;
}
