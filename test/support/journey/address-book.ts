import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildContext, type ExampleVersion } from "../../../example/build.ts";
import { Stack } from "./stack.ts";
import { createDatabase, dropDatabase, kubectl, type Target } from "../target.ts";

/** The two images of the address book, by digest. */
export interface Images {
  readonly v1: string;
  readonly v2: string;
}

/** Builds one version of the example; a fault makes a bad version of it, an image of its own. */
export async function buildExample(target: Target, version: ExampleVersion, fault = ""): Promise<string> {
  const context = await buildContext(version);
  const tag = `address-book:${version}${fault === "" ? "" : `-${fault.replace(/[^a-z0-9]+/g, "-")}`}`;
  return target.buildImage({ context, tag, buildArgs: { BASE: target.nodeImage, FAULT: fault } });
}

export async function buildExamples(target: Target): Promise<Images> {
  return { v1: await buildExample(target, "v1"), v2: await buildExample(target, "v2") };
}

export const PASSWORDS = {
  admin: "",
  migrator: "migrator-secret",
  blue: "blue-secret",
  green: "green-secret",
};

/** Config of a stack that runs the address book, in `stable` with version 1 on blue. */
export function addressBookConfig(target: Target, name: string, images: Images): Record<string, unknown> {
  const { database, gateway, registry, nodeImage } = target;
  return {
    active: "blue",
    phase: "stable",
    strategy: "blue-green",
    namespace: name,
    cluster: { kubeconfig: target.kubeconfig },
    blue: { version: "1.0.0", image: images.v1, schema: "0001-create-address" },
    green: { version: "2.0.0", image: images.v2, schema: "0002-split-street" },
    app: {
      name: "address-book",
      replicas: 2,
      preStopSeconds: 2,
      longestRequestSeconds: 20,
      startSeconds: 60,
      smoke: SMOKE,
      warmUp: { paths: ["/addresses?limit=10"], requests: 300 },
    },
    traffic: {
      mode: "gateway",
      gateway: { name: gateway.name, namespace: gateway.namespace },
      hostnames: [`${name}.test`],
      clusterUrl: gateway.clusterUrl,
      publicUrl: gateway.publicUrl,
    },
    database: {
      host: database.host,
      port: database.port,
      name: databaseName(name),
      sslmode: database.sslmode,
      admin: database.user,
      adminIsSuperuser: true,
      prefix: databaseName(name),
    },
    soak: 5,
    jobs: { repository: `${registry}/zero-downtime-jobs`, base: nodeImage },
  };
}

/** What both versions answer alike. */
const SMOKE = [
  { path: "/version", expect: { status: 200 } },
  { path: "/addresses?limit=1", expect: { status: 200, json: {} } },
  { path: "/addresses/999999999999", expect: { status: 404 } },
];

const databaseName = (name: string) => name.replaceAll("-", "_");

/**
 * A stack of the address book with its own namespace, database and state; `remove` takes
 * all of it away.
 */
export interface AddressBook {
  readonly name: string;
  readonly database: string;
  readonly stack: Stack;
  /** Host header by which the gateway knows it. */
  readonly host: string;
  remove(): Promise<void>;
}

export async function createAddressBook(
  target: Target,
  name: string,
  images: Images,
  changes: Record<string, unknown> = {},
  secrets: Readonly<Record<string, string>> = {},
): Promise<AddressBook> {
  const folder = await mkdtemp(join(tmpdir(), `zero-downtime-${name}-`));
  const database = databaseName(name);
  await removeLeftovers(target, name, database);
  await kubectl(target, "wait", "--for=delete", `namespace/${name}`, "--timeout=120s");
  const stack = new Stack({ folder, name, variables: target.variables });
  const remove = async () => {
    await removeLeftovers(target, name, database);
    await stack.forget();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await kubectl(target, "create", "namespace", name);
    const config = { ...addressBookConfig(target, name, images), ...changes };
    if (config["database"] !== undefined) await createDatabase(target, database);
    const passwords = config["database"] === undefined ? {} : secretsOf(target);
    await stack.create(config, { ...passwords, ...secrets });
  } catch (error) {
    await remove();
    throw error;
  }
  return { name, database, stack, host: `${name}.test`, remove };
}

function secretsOf(target: Target): Record<string, string> {
  const passwords = Object.entries({ ...PASSWORDS, admin: target.database.password });
  return Object.fromEntries(passwords.map(([login, password]) => [`databasePasswords.${login}`, password]));
}

/**
 * Also what an earlier run that was killed has left behind. The namespace ends in its own time:
 * pods drain.
 */
async function removeLeftovers(target: Target, name: string, database: string): Promise<void> {
  await kubectl(target, "delete", "namespace", name, "--ignore-not-found", "--wait=false");
  await dropDatabase(target, database, database);
}

/** How the active colour of a fresh book logs in, for whoever fills rows in or looks at them. */
export const connectionOf = (target: Target, book: AddressBook) => ({
  host: target.database.host,
  port: target.database.port,
  database: book.database,
  user: `${book.database}_blue`,
  password: PASSWORDS.blue,
});
