import { z } from "zod";
import { COLOUR_VARIABLE } from "../names.ts";
import { env, envFrom } from "./app-variables.ts";
import { about } from "./key-notes.ts";
import { name, path, port, seconds } from "./value-types.ts";

const secretKey = z.strictObject({ secret: z.string().min(1), key: z.string().min(1) });

const smokeRequest = z.strictObject({
  method: z
    .enum(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
    .default("GET")
    .meta(about("Method of the request.", "GET")),
  path: path.meta(about("Path and query of the request.", "/addresses?limit=1")),
  headers: z
    .record(z.string(), z.union([z.string(), secretKey]))
    .optional()
    .meta(
      about(
        "Headers of the request. One that nobody may see: set it with `--secret`, or name the key of a Secret of the namespace, `{ secret, key }`.",
        { accept: "application/json" },
        { rule: "text, or `{ secret, key }`" },
      ),
    ),
  body: z
    .json()
    .optional()
    .meta(about("Body of the request, sent as JSON.", { city: "Bonn" })),
  expect: z
    .strictObject({
      status: z.int().min(100).max(599).meta(about("Status of the answer.", 200)),
      json: z
        .json()
        .optional()
        .meta(about("JSON that the answer contains; it may contain more.", { ok: true })),
      text: z.string().optional().meta(about("Text that the answer contains.", "ok")),
      header: z
        .record(z.string(), z.string())
        .optional()
        .meta(about("Headers that the answer has.", { "content-type": "application/json" })),
    })
    .meta({ description: "What the answer must look like." }),
});

const resources = z.strictObject({
  requests: z
    .record(z.string(), z.string())
    .optional()
    .meta(about("What a pod requests.", { cpu: "100m", memory: "128Mi" })),
  limits: z
    .record(z.string(), z.string())
    .optional()
    .meta(about("What a pod may use at most.", { memory: "256Mi" })),
});

const autoscale = z.strictObject({
  min: z.int().min(1).meta(about("Smallest number of pods of a colour; this is its full size.", 2)),
  max: z.int().min(1).meta(about("Largest number of pods of a colour, at least `min`.", 10)),
  cpuPercent: z
    .int()
    .min(1)
    .max(100)
    .default(70)
    .meta(about("CPU use, of what pods request, that the autoscaler aims at.", 70, { unit: "percent" })),
});

const identity = z.union([
  z.enum(["entrance", "endpoints"]),
  z.strictObject({
    header: z
      .string()
      .min(1)
      .meta(about(`Header of every answer that holds the colour, from \`${COLOUR_VARIABLE}\`.`, "x-colour")),
  }),
  z.strictObject({
    path: path.meta(about("Path whose answer holds the version.", "/version")),
    json: z
      .string()
      .min(1)
      .meta(about("Key of the JSON answer that holds it, with dots between.", "build.version")),
  }),
]);

/** The application and its pods. */
export const app = z.strictObject({
  name: name.meta(about("Prefix of the name of every object in the cluster.", "shop")),
  port: port
    .default(8080)
    .meta(about("Port that the container listens on; passed to it as the variable `PORT`.", 3000)),
  replicas: z.int().min(1).max(1000).default(2).meta(about("Pods of a colour at full size.", 4)),
  autoscale: autoscale.optional().meta({
    description: "Leaves the number of pods to an autoscaler, in place of `replicas`.",
    otherwise: "`replicas` pods",
  }),
  readiness: path
    .default("/readyz")
    .meta(about("Path that answers with status 200 while a pod can serve.", "/readyz")),
  liveness: path
    .default("/healthz")
    .meta(about("Path that answers with status 200 while a pod is alive.", "/healthz")),
  identityPath: path
    .default("/version")
    .meta(about("Path where the probe asks which colour answers.", "/version")),
  colourHeader: z
    .string()
    .default("x-colour")
    .meta(
      about(
        `Header of an answer in which the application states its colour, as it finds it in the variable \`${COLOUR_VARIABLE}\`.`,
        "x-colour",
      ),
    ),
  identity: identity.optional().meta({
    description:
      "How the probe tells which colour answers. `entrance`: by a header that the Gateway adds to the probe's own requests; `endpoints`: by the Service's endpoints, which proves where new connections go; an object: by the answers.",
    example: "endpoints",
    otherwise:
      "`colourHeader`; with `manifests`: `entrance` in `traffic.mode` gateway, `endpoints` in `service`",
  }),
  drainSeconds: seconds
    .default(30)
    .meta(
      about(
        "How long after the traffic has moved a colour that no answer identifies counts as possibly in use by connections that stay open; it is parked only then.",
        30,
      ),
    ),
  container: z
    .string()
    .min(1)
    .optional()
    .meta(
      about("With `manifests`: the container that gets the version's image.", "shop", {
        otherwise: "the one whose port the Service targets",
      }),
    ),
  migrates: z
    .literal("allowed")
    .optional()
    .meta(
      about(
        "With `manifests`: set to `allowed` where an init container or a command of a migration tool stays in the pods. What it changes is then no part of the release.",
        "allowed",
        { otherwise: "such pods are refused" },
      ),
    ),
  smoke: z.array(smokeRequest).default([]).meta({
    description: "Requests of the smoke test, and the answers that it expects.",
    otherwise: "one request to `readiness`",
  }),
  warmUp: z
    .strictObject({
      paths: z
        .array(path)
        .min(1)
        .optional()
        .meta(
          about("Paths that are requested in turn.", ["/addresses?limit=10"], {
            otherwise: "`readiness`",
          }),
        ),
      requests: z.int().min(1).max(100_000).default(200).meta(about("Number of requests.", 500)),
      concurrency: z
        .int()
        .min(1)
        .max(256)
        .default(8)
        .meta(about("Requests that are under way at the same time.", 8)),
    })
    .prefault({})
    .meta({ description: "How a version is warmed up before it gets traffic." }),
  env,
  envFrom,
  resources: resources
    .prefault({ requests: { cpu: "50m", memory: "64Mi" } })
    .meta({ description: "Resources of a pod, as Kubernetes writes them." }),
  imagePullSecrets: z
    .array(z.string())
    .default([])
    .meta(about("Secrets of the namespace with which the image is pulled.", ["registry-login"])),
  writable: z
    .array(path)
    .default(["/tmp"])
    .meta(about("Directories that the container may write to; its root file system is read-only.", ["/tmp"])),
  preStopSeconds: seconds
    .default(5)
    .meta(about("How long a terminating pod keeps serving, so that every proxy stops routing to it.", 5)),
  longestRequestSeconds: seconds
    .default(30)
    .meta(about("How long a pod may take to end after `preStopSeconds`; then it is killed.", 30)),
  startSeconds: seconds
    .min(10)
    .max(3600)
    .default(300)
    .meta(about("How long all pods of a colour together may take to become ready.", 300)),
  minReadySeconds: seconds
    .min(1)
    .default(1)
    .meta(about("How long a pod must stay ready before it counts as ready.", 1)),
});
