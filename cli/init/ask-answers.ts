import type { Answers } from "./initial-config.ts";
import { QUESTIONS } from "./init-questions.ts";
import type { Asker } from "../terminal/questions.ts";
import { resolveDigest } from "../cluster/resolve-digest.ts";

type GatewayInput = Extract<Answers["traffic"], { readonly mode: "gateway" }>;

/** Asks all questions, except those that earlier answers make unnecessary. */
export async function askAnswers({ ask }: Asker, migrations: readonly string[]): Promise<Answers> {
  const name = await ask(QUESTIONS.app);
  const namespace = await ask(QUESTIONS.namespace);
  const version = await ask(QUESTIONS.version);
  const image = await resolveDigest(await ask(QUESTIONS.image));
  const port = Number(await ask(QUESTIONS.port));
  const replicas = Number(await ask(QUESTIONS.replicas));
  const readiness = await ask(QUESTIONS.readiness);
  const liveness = await ask(QUESTIONS.liveness);
  const identityPath = await ask(QUESTIONS.identity);
  const strategy = (await ask(QUESTIONS.strategy)) as Answers["strategy"];
  const traffic = await askTraffic({ ask });
  const rest = await askRest({ ask }, image, migrations);
  const app = { name, port, replicas, readiness, liveness, identityPath };
  return { app, namespace, version, image, strategy, traffic, ...rest };
}

/** What is asked whoever describes the application. */
export async function askRest(
  { ask }: Pick<Asker, "ask">,
  image: string,
  migrations: readonly string[],
): Promise<Pick<Answers, "database" | "jobsRepository" | "jobsBase">> {
  const database = await askDatabase({ ask }, migrations);
  const jobsRepository = await ask({ ...QUESTIONS.repository, fallback: repositoryBeside(image) });
  const base = await ask(QUESTIONS.base);
  return { database, jobsRepository, jobsBase: base === "default" ? undefined : base };
}

/** Next to the application's image. */
const repositoryBeside = (image: string): string =>
  image.replace(/@.*$/, "").replace(/[^/]*$/, "zero-downtime-jobs");

async function askTraffic({ ask }: Pick<Asker, "ask">): Promise<Answers["traffic"]> {
  const [namespace = "", name] = (await ask(QUESTIONS.gateway)).split("/");
  if (name === undefined) {
    const type = (await ask(QUESTIONS.service)) as "ClusterIP" | "NodePort" | "LoadBalancer";
    return { mode: "service", type };
  }
  const hostname = await ask(QUESTIONS.hostname);
  return gatewayTraffic({ ask }, { name, namespace }, hostname === "none" ? [] : [hostname]);
}

/** Asks what nobody but a person knows of a Gateway. */
export async function gatewayTraffic(
  { ask }: Pick<Asker, "ask">,
  gateway: GatewayInput["gateway"],
  hostnames: string[],
): Promise<GatewayInput> {
  const clusterUrl = await ask(QUESTIONS.clusterUrl);
  const publicUrl = await ask(QUESTIONS.publicUrl);
  return {
    mode: "gateway",
    gateway,
    hostnames,
    clusterUrl,
    ...(publicUrl === "none" ? {} : { publicUrl }),
  };
}

async function askDatabase(
  { ask }: Pick<Asker, "ask">,
  migrations: readonly string[],
): Promise<Answers["database"]> {
  const address = await ask(QUESTIONS.database);
  if (address === "none") return null;
  const [, host = "", port = "5432", name = ""] = /^([^/:]+)(?::(\d+))?\/(.+)$/.exec(address) ?? [];
  const admin = await ask(QUESTIONS.admin);
  const adminIsSuperuser = (await ask(QUESTIONS.superuser)) === "yes";
  const sslmode = (await ask(QUESTIONS.sslmode)) as NonNullable<Answers["database"]>["sslmode"];
  const [first] = migrations;
  const schema = await ask({ ...QUESTIONS.schema, ...(first === undefined ? {} : { fallback: first }) });
  const baseline = await ask(QUESTIONS.baseline);
  return {
    host,
    port: Number(port),
    name,
    admin,
    adminIsSuperuser,
    sslmode,
    schema,
    baseline: baseline === "none" ? null : baseline,
  };
}
