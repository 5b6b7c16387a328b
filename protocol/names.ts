import { shortNumber } from "../release/moves/attempt-number.ts";
import type { Colour } from "../release/release.ts";
import type { Workload } from "../release/workload.ts";
import { fittedName } from "./fitted-name.ts";
import type { Login } from "./roles.ts";

/** Name of the Pulumi project, which is the namespace of all config keys. */
export const PROJECT = "zero-downtime";

/** A config key as it is in `Pulumi.<stack>.yaml`, and in `pulumi config set`. */
export const configKey = (key: string): string => `${PROJECT}:${key}`;

/** Whether a key of a stack's config is this project's. */
export const isOwnKey = (key: string): boolean => key.startsWith(configKey(""));

/** Such a key without its namespace, as the program knows it. */
export const withoutProject = (key: string): string => key.slice(configKey("").length);

/**
 * What `app.name` may be: a label of DNS, short enough that the names of database roles and of
 * objects of the cluster can be made from it as it is. Those with less room are fitted.
 */
export const APP_NAME = {
  pattern: /^[a-z]([a-z0-9-]{0,50}[a-z0-9])?$/,
  rule: "1 to 52 lower-case letters, digits and dashes, beginning with a letter",
} as const;

/**
 * Name of a workload's Deployment, of its Service behind the entrance, and of its other objects.
 */
export const workloadName = (app: string, workload: Workload): string => `${app}-${workload}`;

/** Name of the guard's Deployment and ServiceAccount. */
export const guardName = (app: string): string => `${app}-guard`;

/** Name of the ServiceAccount of the Jobs that use the Kubernetes API. */
export const jobsAccount = (app: string): string => `${app}-jobs`;

/**
 * The application in names of Jobs and of single pods, which are labels and host names too: 63
 * characters have to hold the longest title, a number and a digest besides.
 */
const inJobs = (app: string): string => fittedName(app, 27);

/** Name of the pod with which an attempt pulls a slot's image. */
export const pullPod = (app: string, number: number): string => `${inJobs(app)}-pull-${shortNumber(number)}`;

/** Name of the Secret with the password of a login to the database, and the key that holds it. */
export const loginSecret = (app: string, login: Login): string => `${app}-database-${login}`;
export const PASSWORD_KEY = "password";

/** Name of the Secret with what config encrypts of the application, by a digest of the values. */
export const configSecret = (app: string, digest: string): string => `${app}-config-${digest}`;

/** Name of the Secret with a copy of a colour's record, for a stack whose state is lost. */
export const recordSecret = (app: string, colour: Colour, digest: string): string =>
  `${recordSecrets(app, colour)}${digest.slice(0, 8)}`;

/** What the names of these Secrets begin with. */
export const recordSecrets = (app: string, colour: Colour): string => `${app}-record-${colour}-`;

/**
 * Name of a stage's Job.
 *
 * @param title what people call it: `schema-expanded`, `ready-blue`, `probe`
 * @param number of the attempt
 * @param digest of what the Job is made of, six hexadecimal digits
 */
export const jobName = (app: string, title: string, number: number, digest: string): string =>
  `${inJobs(app)}-${title}-${shortNumber(number)}-${digest}`;

/**
 * The title of a stage's Job, from its name: without the application, the attempt's number and the
 * digest.
 */
export const jobTitle = (app: string, name: string): string =>
  withoutApp(app, name).replace(/-[0-9a-z]+-[0-9a-f]{6}$/, "");

/** The name of an application's object, without the application where it begins so. */
export function withoutApp(app: string, name: string): string {
  const beginning = [app, inJobs(app)].find((begin) => name.startsWith(`${begin}-`));
  return beginning === undefined ? name : name.slice(beginning.length + 1);
}

/** Annotation of a Job's pod that makes several checks: their names, with spaces between. */
export const CHECKS_ANNOTATION = "zero-downtime/checks";

/** Annotation of a pod that manifests describe: a digest of what it is made from. */
export const TEMPLATE_ANNOTATION = "zero-downtime/template";

/** Variable that tells a pod of the application its colour. */
export const COLOUR_VARIABLE = "ZERO_DOWNTIME_COLOUR";

/** Variable that tells a pod of the application its version; `zd` reads it as well. */
export const VERSION_VARIABLE = "ZERO_DOWNTIME_VERSION";
