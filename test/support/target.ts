import { execa } from "execa";
import pg from "pg";
import type { Environment } from "../../local/environment.ts";
import { buildImage as buildLocally } from "../../local/build/images.ts";

/** Cluster, registry, database and entrance that a rehearsal or a journey runs against. */
export interface Target {
  /** What a child `pulumi` or `kubectl` needs in its environment. */
  readonly variables: Readonly<Record<string, string>>;
  readonly kubeconfig: string;
  readonly registry: string;
  /** Image with Node 24 to build on. */
  readonly nodeImage: string;
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly sslmode: string;
  };
  readonly gateway: {
    readonly name: string;
    readonly namespace: string;
    readonly clusterUrl: string;
    readonly publicUrl: string;
  };
  /** Builds and pushes an image; returns it by digest. */
  readonly buildImage: (build: ImageBuild) => Promise<string>;
}

export interface ImageBuild {
  readonly context: string;
  readonly tag: string;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** The one-machine environment as a target. */
export function localTarget(environment: Environment): Target {
  const { variables, kubeconfig, registry, nodeImage, database, gateway } = environment;
  return {
    variables,
    kubeconfig,
    registry,
    nodeImage,
    database: { ...database, sslmode: "disable" },
    gateway,
    buildImage: (build) => buildLocally(build),
  };
}

/** Builds with the docker CLI, for targets other than the one-machine environment. */
export function dockerBuild(registry: string): Target["buildImage"] {
  return async ({ context, tag, buildArgs }) => {
    const name = `${registry}/${tag}`;
    const args = Object.entries(buildArgs).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]);
    await execa("docker", ["build", "--tag", name, ...args, context]);
    await execa("docker", ["push", name]);
    const { stdout } = await execa("docker", ["inspect", "--format", "{{index .RepoDigests 0}}", name]);
    return stdout.trim();
  };
}

/** Runs something on a connection of the database's administrator. */
export async function asAdmin<T>(
  target: Target,
  database: string,
  run: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const { host, port, user, password } = target.database;
  const client = new pg.Client({ host, port, user, password, database, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

export async function createDatabase(target: Target, name: string): Promise<void> {
  await asAdmin(target, "postgres", (client) =>
    client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`),
  );
}

/** Drops the database with whoever is still connected, and the roles that its stack has left. */
export async function dropDatabase(target: Target, name: string, rolePrefix: string): Promise<void> {
  await asAdmin(target, "postgres", async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
    for (const role of ["blue", "green", "migrator", "app", "owner"]) {
      await client.query(`DROP ROLE IF EXISTS ${client.escapeIdentifier(`${rolePrefix}_${role}`)}`);
    }
  });
}

/** Runs kubectl against the target and returns what it prints. */
export async function kubectl(target: Target, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execa("kubectl", ["--kubeconfig", target.kubeconfig, ...args], {
    env: target.variables,
  });
  return stdout;
}
