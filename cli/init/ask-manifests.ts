import type { z } from "zod";
import type { Application } from "../../manifests/application.ts";
import { describeFinding, titleOf, type ManifestObject } from "../../manifests/kube-object.ts";
import { readManifests } from "../../manifests/read/read-manifests.ts";
import { sortObjects } from "../../manifests/sort/sort-objects.ts";
import { sortOptions, versionFromFiles, type FilesConfig } from "../../manifests/version-from-files.ts";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import { configSchema } from "../../protocol/config/config-schema.ts";
import { configKey } from "../../protocol/names.ts";
import { Trouble } from "../cli-error.ts";
import { filesConfig } from "../stack/files-config.ts";
import { resolveDigest } from "../cluster/resolve-digest.ts";
import type { Asker, Question } from "../terminal/questions.ts";
import { askRest, gatewayTraffic } from "./ask-answers.ts";
import { checkPaths } from "./check-paths.ts";
import { QUESTIONS } from "./init-questions.ts";
import { databaseValues, type Answers, type AppInput, type ManifestsInput } from "./initial-config.ts";
import { foundInFiles, namespaceIn, webDeployments, type FoundGateway } from "./found-in-files.ts";

/** Which files, and what a person says of them. */
export interface ManifestsChoice {
  /** The project's folder. */
  readonly project: string;
  readonly manifests: ManifestsInput;
  /** Keys of `app` that are about manifests. */
  readonly app: Pick<AppInput, "container" | "migrates">;
}

/** What a config is written from, and what people are told of their objects. */
export interface ManifestsAnswers {
  readonly answers: Answers;
  readonly application: Application;
  /** What is left out, and what people should know, a line each. */
  readonly notes: readonly string[];
}

/**
 * Reads the files and asks what they do not say.
 *
 * @param migrations ids of the migrations in the checkout, in order
 * @throws {Trouble} with every finding, where they cannot be released
 */
export async function askAboutManifests(
  { ask }: Pick<Asker, "ask">,
  choice: ManifestsChoice,
  migrations: readonly string[],
): Promise<ManifestsAnswers> {
  const { project, manifests } = choice;
  const read = await readManifests(manifests.manifests, { project, ignore: manifests.ignore ?? [] });
  refuse(choice, read.refusals.map(describeFinding));
  const name = await ask(webQuestion(read.objects, choice));
  const namespace = await ask({ ...QUESTIONS.namespace, fallback: namespaceIn(read.objects) ?? "default" });
  const config = configOf({ ...manifests, namespace, app: { ...choice.app, name } });
  const application = sorted(choice, read.objects, config);
  const found = foundInFiles(application, namespace);
  const version = await ask({ ...QUESTIONS.version, ...(found.version && { fallback: found.version }) });
  const image = await resolveDigest(
    await ask({ ...QUESTIONS.image, ...(found.image && { fallback: found.image }) }),
  );
  const strategy = (await ask(QUESTIONS.strategy)) as Answers["strategy"];
  const traffic = await askTraffic({ ask }, found.gateway);
  const rest = await askLogins({ ask }, await askRest({ ask }, image, migrations));
  const database = rest.database && configSchema.shape.database.parse(databaseValues(rest.database));
  const prepared = await versionFromFiles(
    { ...config, ...(database ? { database } : {}) },
    {
      ...{ colour: "blue", version, image, schema: rest.database?.schema ?? null },
      ...(rest.database?.logins === "application" ? { logins: "application" } : {}),
    },
    { project, key: null },
  );
  refuse(choice, prepared.problems);
  const app: AppInput = { name, ...choice.app, ...(prepared.objects ? checksOf(prepared.objects) : {}) };
  const answers = { app, manifests, namespace, version, image, strategy, traffic, ...rest };
  return { answers, application, notes: [...prepared.notes, ...(app.smoke ? [] : [NO_HTTP_PROBE])] };
}

const NO_HTTP_PROBE =
  "No HTTP readiness probe names a path: smoke test and warm-up ask /, which must be answered with 200. " +
  `Name other requests in ${configKey("app.smoke")} and ${configKey("app.warmUp.paths")}`;

/** @throws {Trouble} where a flag has a value that config does not take */
function configOf(values: z.input<typeof filesConfig>): FilesConfig {
  const parsed = filesConfig.safeParse(values);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Trouble(
    "usage",
    `Cannot take what is said of the manifests: ${wrong.join("; ")}. Nothing was written.`,
    "zd init --help",
  );
}

function sorted(
  choice: ManifestsChoice,
  objects: readonly ManifestObject[],
  config: FilesConfig,
): Application {
  const { application, refusals } = sortObjects(objects, sortOptions(config));
  refuse(choice, refusals.map(describeFinding));
  if (!application) throw new Error("The files were refused without a reason");
  return application;
}

/** With the Deployment's own name, where there is but one that can be meant. */
function webQuestion(
  objects: readonly ManifestObject[],
  { manifests: { ignore = [], shared = [] } }: ManifestsChoice,
): Question {
  const isReleased = ({ object }: ManifestObject) => ![...ignore, ...shared].includes(titleOf(object));
  const names = webDeployments(objects.filter(isReleased));
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return { ...QUESTIONS.app, fallback: only };
  const text =
    names.length === 0 ? "Deployment that users reach" : `Deployment that users reach: ${names.join(", ")}`;
  return { ...QUESTIONS.app, text };
}

async function askTraffic(
  { ask }: Pick<Asker, "ask">,
  gateway: FoundGateway | null,
): Promise<Answers["traffic"]> {
  if (!gateway) return { mode: "service" };
  const { hostnames, ...rest } = gateway;
  return gatewayTraffic({ ask }, rest, [...hostnames]);
}

/** Most applications that are deployed already come with a login of their own. */
async function askLogins<Rest extends Pick<Answers, "database">>(
  { ask }: Pick<Asker, "ask">,
  rest: Rest,
): Promise<Rest> {
  if (!rest.database) return rest;
  const isOwn = (await ask(QUESTIONS.logins)) === "application";
  return isOwn ? { ...rest, database: { ...rest.database, logins: "application" } } : rest;
}

function checksOf(objects: VersionObjects): Pick<AppInput, "identityPath" | "smoke"> {
  const { identity, readiness } = checkPaths(objects);
  return {
    identityPath: identity,
    ...(readiness === null ? {} : { smoke: [{ path: readiness, expect: { status: 200 } }] }),
  };
}

/** @throws {Trouble} where there is a reason not to release the files */
function refuse({ manifests: { manifests } }: ManifestsChoice, reasons: readonly string[]): void {
  if (reasons.length === 0) return;
  const count = reasons.length === 1 ? "1 reason" : `${reasons.length} reasons`;
  throw new Trouble(
    "refused",
    [
      `Cannot release ${manifests} as it is, for ${count}:`,
      ...reasons.map((one) => `  ${one}`),
      "Nothing was written.",
    ].join("\n"),
    "Mend the files, or say more: what the advice names as a key of config is a flag here (zd init --help).",
  );
}
