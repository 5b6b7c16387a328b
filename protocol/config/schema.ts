import { z } from "zod";
import { configuredSources } from "./metric-sources.ts";
import { DEFAULT_LIMITS } from "../../release/judge/limits.ts";
import { PHASE_NAMES, STRATEGIES } from "../../release/phases.ts";
import { COLOURS } from "../../release/release.ts";
import { trafficSchema } from "../traffic/backends.ts";
import { digest, identifier, name, path, pattern, port, probability, seconds, share } from "./values.ts";

const slot = z.strictObject({
  /** What people call it. The two colours never have the same one. */
  version: z.preprocess(
    (value) => (typeof value === "number" ? String(value) : value),
    z
      .string()
      .regex(
        /^[\w][\w.+-]{0,62}$/,
        "must be 1 to 63 letters, digits, dots, dashes, underscores or plus signs",
      ),
  ),
  image: digest,
  /** Newest migration that this version needs; left out by an application without a database. */
  schema: z.string().min(1).optional(),
});

const smokeRequest = z.strictObject({
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]).default("GET"),
  path,
  headers: z.record(z.string(), z.string()).optional(),
  body: z.json().optional(),
  expect: z.strictObject({
    status: z.int().min(100).max(599),
    /** The answer contains at least this. */
    json: z.json().optional(),
    text: z.string().optional(),
    header: z.record(z.string(), z.string()).optional(),
  }),
});

const resources = z.strictObject({
  requests: z.record(z.string(), z.string()).optional(),
  limits: z.record(z.string(), z.string()).optional(),
});

const app = z.strictObject({
  /** Prefix of every object's name. */
  name,
  /** Port the container listens on, handed to it as PORT. */
  port: port.default(8080),
  /** Pods of a colour at full size. */
  replicas: z.int().min(1).max(1000).default(2),
  /** Leaves the number of pods to an autoscaler; `min` is then the full size. */
  autoscale: z
    .strictObject({
      min: z.int().min(1),
      max: z.int().min(1),
      cpuPercent: z.int().min(1).max(100).default(70),
    })
    .optional(),
  readiness: path.default("/readyz"),
  liveness: path.default("/healthz"),
  /** Where the probe asks which colour answers. */
  identityPath: path.default("/version"),
  /** Answer header in which the application says its colour, as it finds it in ZERO_DOWNTIME_COLOUR. */
  colourHeader: z.string().default("x-colour"),
  smoke: z.array(smokeRequest).default([]),
  warmUp: z
    .strictObject({
      paths: z.array(path).min(1).optional(),
      requests: z.int().min(1).max(100_000).default(200),
      concurrency: z.int().min(1).max(256).default(8),
    })
    .prefault({}),
  env: z.record(z.string(), z.string()).default({}),
  resources: resources.prefault({ requests: { cpu: "50m", memory: "64Mi" } }),
  imagePullSecrets: z.array(z.string()).default([]),
  /** Directories that the container may write to; its root file system is read-only. */
  writable: z.array(path).default(["/tmp"]),
  /** How long a pod is still served after it was told to end, until every proxy has heard of it. */
  preStopSeconds: seconds.default(5),
  /** The pod is killed when it has not ended this long after preStopSeconds. */
  longestRequestSeconds: seconds.default(30),
  /** How long the pods of a colour may take to become ready, altogether. */
  startSeconds: seconds.min(10).max(3600).default(300),
  /** How long a pod must stay ready before it counts. */
  minReadySeconds: seconds.min(1).default(1),
});

const database = z.strictObject({
  /** Reached under this name both from the cluster's pods and from where `pulumi up` runs. */
  host: z.string().min(1),
  port: port.default(5432),
  name: z.string().min(1),
  schema: identifier.default("public"),
  sslmode: z.enum(["disable", "require", "verify-ca", "verify-full"]).default("require"),
  /** Login that makes roles and grants. */
  admin: z.string().min(1),
  /** True where `admin` is a superuser; managed databases have none. */
  adminIsSuperuser: z.boolean().default(false),
  /** Prefix of the roles: <prefix>_owner, _migrator, _app, _blue, _green. Default: the app's name. */
  prefix: identifier.optional(),
  /** Role that owns an existing database's tables already. Default: <prefix>_owner, which is made. */
  owner: identifier.optional(),
  /**
   * The migrator may read everybody's statistics (`pg_read_all_stats`): without that, a backfill cannot see how far replicas are behind and so does
   * not wait for them, and what is told of whoever holds a lock is without state and query. False where `admin` may not grant it.
   */
  readsStatistics: z.boolean().default(true),
  /** When a backfill gives way to others: see the README; what is left out is as the migrate Job has it. */
  limits: z
    .strictObject({
      replicaSeconds: z.number().positive(),
      replicaMebibytes: z.number().positive(),
      waiting: z.int().nonnegative(),
      deadRows: z.int().nonnegative(),
      deadShare: z.number().nonnegative(),
      pulseFactor: z.number().positive(),
      pulseMilliseconds: z.number().positive(),
      restShare: z.number().min(0).max(100),
    })
    .partial()
    .default({}),
  /**
   * How many ranges of a large table a schema Job writes at once, each by a session of its own: so many times as fast on a server with processors to spare,
   * and so many times the load on the others.
   */
  ranges: z.int().min(1).max(16).default(1),
  /** Takes over an existing database whose schema is just what this migration leaves behind. */
  baseline: z.string().optional(),
  /** Limit for one schema Job. */
  deadlineSeconds: z.int().min(10).max(604_800).default(86_400),
});

const podLimits = (defaults: { relative: number; negligible: number }) =>
  z
    .strictObject({
      relative: z.number().gt(1).default(defaults.relative),
      negligible: z.number().min(0).default(defaults.negligible),
      absolute: z.number().gt(0).nullable().default(null),
    })
    .nullable()
    .default({ ...defaults, absolute: null });

/** Where requests and durations are read, and under which names; the first name that a pod knows is used. */
const metrics = z.strictObject({
  path: path.default("/metrics"),
  /** Port of the pods' metrics. Default: app.port. */
  port: port.optional(),
  /** The guard looks this often. */
  everySeconds: z.number().min(0.5).max(60).default(2),
  requests: z
    .array(z.string().min(1))
    .default(["http_requests_total", "http_server_requests_total", "http_server_requests_seconds_count"]),
  durations: z
    .array(z.string().min(1))
    .default([
      "http_request_duration_seconds",
      "http_server_request_duration_seconds",
      "http_server_requests_seconds",
      "http_request_duration_milliseconds",
    ]),
  statusLabels: z
    .array(z.string().min(1))
    .min(1)
    .default(["code", "status", "status_code", "http_response_status_code", "http_status_code"]),
  /** Statuses that count as failures. */
  failures: pattern.default("^5"),
  /** Series with such a value of a label are no users' requests. */
  ignore: z.record(z.string(), pattern).default({}),
  /** Who is believed about CPU and memory: the pods' own process (process_*), or the cluster's metrics API. */
  usage: z.enum(["process", "metrics-api"]).default("process"),
  ...configuredSources.shape,
});

const rung = z.int().min(1).max(99);

/** How a canary climbs, and what the guard goes by, also in `switch`; see release/judge/limits.ts. */
const canary = z.strictObject({
  rungs: z
    .array(rung)
    .min(1)
    .refine((rungs) => rungs.every((each, at) => at === 0 || each > (rungs[at - 1] ?? 0)), "must ascend")
    .default([...DEFAULT_LIMITS.rungs]),
  minimumSeconds: seconds.default(DEFAULT_LIMITS.minimumSeconds),
  falseAlarms: probability.default(DEFAULT_LIMITS.falseAlarms),
  misses: probability.default(DEFAULT_LIMITS.misses),
  failures: z
    .strictObject({
      negligible: share.default(DEFAULT_LIMITS.failures.negligible),
      ruledOut: share.default(DEFAULT_LIMITS.failures.ruledOut),
      absolute: share.default(DEFAULT_LIMITS.failures.absolute),
      atLeast: z.int().min(2).default(DEFAULT_LIMITS.failures.atLeast),
    })
    .prefault({})
    .refine(
      ({ negligible, ruledOut }) => ruledOut >= negligible,
      "must have ruledOut of at least negligible",
    ),
  /** null: durations are not judged. */
  durations: z
    .strictObject({
      quantiles: z
        .array(z.number().gt(0).lt(1))
        .min(1)
        .default([...(DEFAULT_LIMITS.durations?.quantiles ?? [])]),
      relative: z
        .number()
        .gt(1)
        .default(DEFAULT_LIMITS.durations?.relative ?? 1.5),
      negligible: z
        .number()
        .min(0)
        .default(DEFAULT_LIMITS.durations?.negligible ?? 0.01),
      absolute: z.number().gt(0).nullable().default(null),
    })
    .nullable()
    .prefault({}),
  /** null: not judged. */
  cpu: podLimits(DEFAULT_LIMITS.cpu ?? { relative: 1.5, negligible: 0.1 }),
  memory: podLimits(DEFAULT_LIMITS.memory ?? { relative: 1.5, negligible: 32 * 1024 * 1024 }),
  metrics: metrics.prefault({}),
  /**
   * The guard looks at each colour's sessions in the database, through the colour's own login, whose password it then holds: more of the
   * candidate's waiting for locks, or slow, than of the active colour's hold the rung. Left out: not looked at.
   */
  database: z
    .strictObject({
      /** A statement that runs for longer is slow. */
      slowSeconds: z.number().gt(0).max(3600).default(1),
    })
    .optional(),
  /** Users stay where they were sent first, by cookie, for as long as the candidate has weight. */
  stickiness: z
    .strictObject({ cookie: z.string().regex(/^[\w-]{1,64}$/, "must be a cookie's name") })
    .optional(),
  /** A person's word that the rung of this weight may be left without the guard's pass, for the record. */
  pass: z.strictObject({ weight: rung, reason: z.string().trim().min(1) }).optional(),
});

const password = z.string().min(1);

/** Every config key of the project, in the form that the parser accepts. */
export const configSchema = z.strictObject({
  active: z.enum(COLOURS),
  phase: z.enum(PHASE_NAMES),
  strategy: z.enum(STRATEGIES),
  blue: slot.optional(),
  green: slot.optional(),
  weight: z.int().min(1).max(99).optional(),
  recover: z.boolean().default(false),
  namespace: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be a namespace's name"),
  cluster: z.strictObject({ kubeconfig: z.string().optional(), context: z.string().optional() }).prefault({}),
  app,
  traffic: trafficSchema,
  database: database.optional(),
  databasePasswords: z
    .strictObject({ admin: password, migrator: password, blue: password, green: password })
    .optional(),
  canary: canary.prefault({}),
  rolling: z
    .strictObject({
      /** What becomes of a rolling update whose pods do not become ready: left as it is, or put back by itself. */
      onFailure: z.enum(["halt", "rollback"]).default("halt"),
    })
    .prefault({}),
  /** Seconds that the new version must have served before contract may drop what only the old one needs. */
  soak: z.int().min(0).default(600),
  jobs: z
    .strictObject({
      /** Ready-made image of the jobs; without it one is built from this repository. */
      image: digest.optional(),
      /** Where the built image is pushed to, without a tag. */
      repository: z.string().optional(),
      /** Image with Node 24 that the jobs image is built on. */
      base: z.string().default("node:24-slim"),
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;
export type App = Config["app"];
export type Database = NonNullable<Config["database"]>;
export type Canary = Config["canary"];
export type Passwords = NonNullable<Config["databasePasswords"]>;
