import { SSL_MODES } from "../../protocol/database-tls.ts";
import { APP_NAME, COLOUR_VARIABLE } from "../../protocol/names.ts";
import type { Question } from "../terminal/questions.ts";

const PATH = /^\//;
const NUMBER = /^[1-9]\d{0,4}$/;
const NO_OR_ANY = /^.+$/;

/** Every question of `zd init`, in the order in which they are asked; also its flags. */
export const QUESTIONS = {
  app: { flag: "app", text: "Name of the application", rule: APP_NAME.pattern, ruleText: APP_NAME.rule },
  namespace: { flag: "namespace", text: "Namespace, which exists", fallback: "default" },
  version: { flag: "app-version", text: "Version that runs now", fallback: "1.0.0" },
  image: { flag: "image", text: "Its image, as repository:tag or by digest" },
  port: { flag: "port", text: "Port that the container listens on", fallback: "8080", rule: NUMBER },
  replicas: { flag: "replicas", text: "Pods at full size", fallback: "2", rule: NUMBER },
  readiness: {
    flag: "readiness",
    text: "Path that answers 200 when a pod can serve",
    fallback: "/readyz",
    rule: PATH,
  },
  liveness: {
    flag: "liveness",
    text: "Path that answers 200 while a pod is alive",
    fallback: "/healthz",
    rule: PATH,
  },
  identity: {
    flag: "identity",
    text: `Path whose answer has the colour in the header x-colour (${COLOUR_VARIABLE} tells it to the pod)`,
    fallback: "/version",
    rule: PATH,
  },
  strategy: {
    flag: "strategy",
    text: "How traffic moves: blue-green, canary or rolling",
    fallback: "blue-green",
    rule: /^(blue-green|canary|rolling)$/,
    ruleText: "blue-green, canary or rolling",
  },
  gateway: {
    flag: "gateway",
    text: "Gateway as namespace/name, or none to use a Service",
    fallback: "none",
    rule: /^(none|[a-z0-9-]+\/[a-z0-9-]+)$/,
    ruleText: "namespace/name of a Gateway (Gateway API v1), or none",
  },
  service: {
    flag: "service",
    text: "Type of the Service: ClusterIP, NodePort or LoadBalancer",
    fallback: "LoadBalancer",
    rule: /^(ClusterIP|NodePort|LoadBalancer)$/,
    ruleText: "ClusterIP, NodePort or LoadBalancer",
  },
  hostname: { flag: "hostname", text: "Host name of the users' requests, or none for all", fallback: "none" },
  clusterUrl: { flag: "cluster-url", text: "Address of the gateway as pods reach it", rule: /^https?:\/\// },
  publicUrl: { flag: "public-url", text: "Address for people, or none", fallback: "none" },
  database: {
    flag: "database",
    text: "PostgreSQL as host[:port]/name, or none",
    fallback: "none",
    rule: /^(none|[^/:]+(:\d+)?\/[^/]+)$/,
    ruleText: "host:port/name, or none",
  },
  admin: { flag: "database-admin", text: "Login that may make roles", fallback: "postgres", rule: NO_OR_ANY },
  logins: {
    flag: "database-logins",
    text: "With manifests, whose login the pods have: one for each colour (colour), or their own (application)",
    fallback: "colour",
    rule: /^(colour|application)$/,
    ruleText: "colour or application (docs/own-app.md says what is lost)",
  },
  superuser: {
    flag: "database-superuser",
    text: "Is it a superuser (yes or no; managed databases have none)",
    fallback: "no",
    rule: /^(yes|no)$/,
  },
  sslmode: {
    flag: "sslmode",
    text: `TLS: ${SSL_MODES.join(", ")}`,
    fallback: "require",
    rule: new RegExp(`^(${SSL_MODES.join("|")})$`),
  },
  schema: { flag: "schema", text: "Newest migration that this version needs" },
  baseline: {
    flag: "baseline",
    text: "Migration that describes the tables that are there already, or none for an empty database",
    fallback: "none",
  },
  repository: {
    flag: "jobs-repository",
    text: "Repository to push the image of the checks and schema jobs to",
  },
  base: { flag: "jobs-base", text: "Image with Node 24 to build that on, or default", fallback: "default" },
} as const satisfies Record<string, Question>;
