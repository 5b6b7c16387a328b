import { z } from "zod";
import { PHASE_NAMES, STRATEGIES } from "../../release/phases.ts";
import { COLOURS } from "../../release/release.ts";
import { trafficSchema } from "../traffic/backends.ts";
import { app } from "./app.ts";
import { canary } from "./canary.ts";
import { database, databasePasswords } from "./database.ts";
import { about } from "./key-notes.ts";
import { digest } from "./value-types.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;

const slot = z.strictObject({
  version: z
    .preprocess(
      (value) => (typeof value === "number" ? String(value) : value),
      z
        .string()
        .regex(
          /^[\w][\w.+-]{0,62}$/,
          "must be 1 to 63 letters, digits, dots, dashes, underscores or plus signs",
        ),
    )
    .meta(
      about("What people call the version; the two colours never have the same.", "2.0.0", {
        rule: "1 to 63 letters, digits, dots, dashes, underscores or plus signs",
      }),
    ),
  image: digest.meta(about("Image of the application.", `registry.example.com/shop@${DIGEST}`)),
  schema: z
    .string()
    .min(1)
    .optional()
    .meta(
      about("Newest migration that the version needs, a folder of `migrations/`.", "0002-split-street", {
        otherwise: "the application has no database",
      }),
    ),
});

const cluster = z.strictObject({
  kubeconfig: z
    .string()
    .optional()
    .meta(
      about("Path of the kubeconfig, which must exist.", "/home/you/.kube/config", {
        otherwise: "that of the environment",
      }),
    ),
  context: z
    .string()
    .optional()
    .meta(about("Context of the kubeconfig.", "production", { otherwise: "the current one" })),
});

const jobs = z.strictObject({
  image: digest.optional().meta(
    about("Ready-made image of the jobs.", `registry.example.com/zero-downtime-jobs@${DIGEST}`, {
      otherwise: "one is built from this repository",
    }),
  ),
  repository: z
    .string()
    .optional()
    .meta(
      about("Where the built image is pushed to, without a tag.", "registry.example.com/zero-downtime-jobs", {
        otherwise: "`image` has to be set",
      }),
    ),
  base: z
    .string()
    .default("node:24-slim")
    .meta(about("Image with Node 24 that the image of the jobs is built on.", "node:24-slim")),
});

const rolling = z.strictObject({
  onFailure: z
    .enum(["halt", "rollback"])
    .default("halt")
    .meta(
      about(
        "What happens to a rolling update whose pods do not become ready: it stays as it is, or the previous pods are put back.",
        "rollback",
      ),
    ),
});

/** Every config key of the project, in the form that the parser accepts. */
export const configSchema = z.strictObject({
  active: z
    .enum(COLOURS)
    .meta(
      about("Colour that serves the public. Changes with `switch` (or `roll`), and on the way back.", "blue"),
    ),
  phase: z.enum(PHASE_NAMES).meta(about("Stage of the release.", "stable")),
  strategy: z
    .enum(STRATEGIES)
    .meta(about("How traffic moves to the new version. Changes in `stable` only.", "blue-green")),
  blue: slot.optional().meta({ description: "What blue runs." }),
  green: slot.optional().meta({ description: "What green runs." }),
  weight: z
    .int()
    .min(1)
    .max(99)
    .optional()
    .meta(
      about(
        "Share of the public traffic on the idle colour in `canary`, one of `canary.rungs`. Read in `canary` only.",
        5,
        { unit: "percent" },
      ),
    ),
  recover: z
    .boolean()
    .default(false)
    .meta(
      about(
        "Only after the stack's state was lost: starts at the stage that the database's ledger and the public traffic show.",
        false,
      ),
    ),
  namespace: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be a namespace's name")
    .meta(
      about("Existing namespace for everything of the release.", "shop", {
        rule: "the name of a namespace",
      }),
    ),
  cluster: cluster.prefault({}).meta({ description: "The cluster, where it is not the environment's own." }),
  app: app.meta({
    description:
      "The application and its pods. With `manifests`, what describes a container is refused here, as the files say it: `port`, `replicas`, `autoscale`, `readiness`, `liveness`, `colourHeader`, `env`, `envFrom`, `resources`, `imagePullSecrets`, `writable`.",
  }),
  manifests: z
    .string()
    .default("")
    .meta(
      about(
        "File or folder of YAML with the application's Kubernetes objects, relative to the project: what is kept in git, or what `helm template` or `kustomize build` prints.",
        "deploy/",
        { otherwise: "`app` describes one container" },
      ),
    ),
  replicas: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .meta(
      about(
        "Pods of a colour at full size. May change in every stage, for both colours at once. 0: as the Deployment says; without `manifests`, as `app.replicas` says.",
        4,
      ),
    ),
  services: z
    .record(z.string(), z.literal("both"))
    .default({})
    .meta(
      about(
        "With `manifests`: Services that find the pods of both colours, as they are written. A headless Service is refused otherwise.",
        { "shop-peers": "both" },
      ),
    ),
  unversioned: z
    .array(z.string().min(1))
    .default([])
    .meta(
      about("With `manifests`: ConfigMaps and Secrets that both versions share, and see change.", [
        "feature-flags",
      ]),
    ),
  shared: z
    .array(z.string().regex(/^[A-Z]\w*\/\S+$/, "must be Kind/name"))
    .default([])
    .meta(
      about(
        "With `manifests`: objects of kinds that are refused otherwise, written once, as they are.",
        ["StatefulSet/queue"],
        { rule: "Kind/name each" },
      ),
    ),
  ignore: z
    .array(z.string().regex(/^[A-Z]\w*\/\S+$/, "must be Kind/name"))
    .default([])
    .meta(about("With `manifests`: objects that are left out.", ["Job/seed"], { rule: "Kind/name each" })),
  images: z
    .enum(["resolve", "strict"])
    .default("resolve")
    .meta(
      about(
        "With `manifests`: what becomes of images beside the version's own that are named by a tag. Each is fixed by its digest when a version is prepared; where its registry does not say it, the image stays by tag (`resolve`), or the version is refused (`strict`).",
        "strict",
      ),
    ),
  traffic: trafficSchema.meta({ description: "How the public traffic comes in and is moved." }),
  database: database
    .optional()
    .meta({ description: "The application's PostgreSQL database; left out where it has none." }),
  databasePasswords: databasePasswords.optional().meta({
    description: "Passwords of the logins, needed with `database`. Secrets: set each with `--secret --path`.",
  }),
  canary: canary
    .prefault({})
    .meta({ description: "How a canary climbs, and what the guard judges it by, also in `switch`." }),
  rolling: rolling.prefault({}).meta({ description: "The strategy `rolling`." }),
  soak: z
    .int()
    .min(0)
    .default(600)
    .meta(
      about(
        "How long the new version must have served before `contract` may drop what only the old one needs.",
        3600,
        { unit: "seconds" },
      ),
    ),
  jobs: jobs.prefault({}).meta({ description: "The image of checks and schema jobs." }),
});

export type Config = z.infer<typeof configSchema>;
export type App = Config["app"];
export type Database = NonNullable<Config["database"]>;
export type Passwords = NonNullable<Config["databasePasswords"]>;
