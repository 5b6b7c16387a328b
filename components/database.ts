import * as k8s from "@pulumi/kubernetes";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { coloursWithLogin } from "../release/database/logins.ts";
import type { Colour, Release } from "../release/release.ts";
import { servingBetween } from "../release/workload.ts";
import { meta, type Cluster } from "./cluster.ts";
import type { Config, Database, Passwords } from "../protocol/config/config-schema.ts";
import {
  databaseEnvironment,
  databasePlace,
  jobAddress,
  loginPassword,
  type EnvironmentVariable,
} from "../protocol/database-environment.ts";
import { configKey, loginSecret, PASSWORD_KEY } from "../protocol/names.ts";
import { rolesOf, type Login, type Roles } from "../protocol/roles.ts";

/** How long a connection may take; the provider's own default is 180 s. */
const CONNECT_TIMEOUT_SECONDS = 10;

/**
 * PostgreSQL's own role with the least rights that show how far replicas are behind, and which
 * statement holds a lock; it shows no rows.
 */
const STATISTICS = "pg_read_all_stats";

/** Arguments of {@link DatabaseAccess}. */
export interface DatabaseAccessArgs {
  readonly config: Omit<Config, "databasePasswords">;
  readonly database: Database;
  readonly passwords: pulumi.Output<Passwords>;
  readonly cluster: Cluster;
  /**
   * True where the stack's state is lost and the roles exist already: they are adopted as they are.
   */
  readonly adopt: boolean;
  /**
   * Colours whose pods log in now, or will in this stage: with another password they could open no
   * more connections.
   */
  readonly serving: readonly Colour[];
  /** Colours with a login of their own; of the application's, nothing is made or granted. */
  readonly colours: readonly Colour[];
}

/**
 * Roles, grants and the Secrets with the logins' passwords. Destroying the stack leaves roles and
 * data alone.
 */
export class DatabaseAccess extends pulumi.ComponentResource {
  readonly roles: Roles;
  /** What a Job or a pod that logs in must wait for. */
  readonly ready: pulumi.Resource[];
  readonly #args: DatabaseAccessArgs;

  constructor(name: string, args: DatabaseAccessArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:DatabaseAccess", name, {}, opts);
    this.#args = args;
    this.roles = rolesOf(args.database, args.config.app.name);
    const after = opts.dependsOn ? { dependsOn: opts.dependsOn } : {};
    const provider = connect(name, args, { parent: this });
    const kept = { parent: this, provider, retainOnDelete: true, ...after };
    const roles = createRoles(args, this.roles, kept);
    const grants = createGrants(args.database, this.roles, kept, roles);
    const secrets = createSecrets(args, {
      parent: this,
      provider: args.cluster.provider,
      dependsOn: roles,
    });
    this.ready = [...roles, ...grants, ...secrets];
    this.registerOutputs({});
  }

  /** The standard libpq variables that let a container log in; the password comes from a Secret. */
  environment(login: Login): EnvironmentVariable[] {
    return databaseEnvironment(this.#args.database, this.#args.cluster.app, login);
  }

  /** The libpq variables that say where Jobs and the guard find the database, without a login. */
  get place(): EnvironmentVariable[] {
    return databasePlace(this.#args.database);
  }

  /** A login's password from its Secret, as the variable of this name. */
  password(login: Login, name: string): EnvironmentVariable {
    return loginPassword(this.#args.cluster.app, login, name);
  }
}

/** Whose logins a stage needs, by the stage before it; null: there was none. */
export const loginsOf = (
  before: Release | null,
  release: Release,
): Pick<DatabaseAccessArgs, "serving" | "colours"> => ({
  serving: servingBetween(before, release),
  colours: coloursWithLogin(release),
});

/** Access to the application's database; null where config names none. */
export function accessDatabase(
  args: Omit<DatabaseAccessArgs, "database" | "passwords"> & {
    readonly passwords: pulumi.Output<Passwords> | null;
  },
  opts: pulumi.ComponentResourceOptions,
): DatabaseAccess | null {
  const { config, passwords } = args;
  const { database } = config;
  return database && passwords
    ? new DatabaseAccess("database", { ...args, database, passwords }, opts)
    : null;
}

function connect(
  name: string,
  { database, passwords }: DatabaseAccessArgs,
  opts: pulumi.CustomResourceOptions,
) {
  const [host, port] = jobAddress(database);
  return new postgresql.Provider(
    name,
    {
      host,
      port,
      database: database.name,
      username: database.admin,
      password: passwords.admin,
      sslmode: database.sslmode,
      superuser: database.adminIsSuperuser,
      connectTimeout: CONNECT_TIMEOUT_SECONDS,
    },
    opts,
  );
}

/**
 * One after the other, so that an unreachable database is reported once; first those whose change
 * may be refused, so that no change stops halfway.
 */
function createRoles(
  { database, passwords, adopt, serving, colours }: DatabaseAccessArgs,
  roles: Roles,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const chain: pulumi.Resource[] = [];
  const role = (
    name: string,
    args: postgresql.RoleArgs & { readonly name: string },
    hooks: pulumi.ResourceHookBinding = {},
  ) => {
    const after = chain.length > 0 ? { dependsOn: chain.slice(-1) } : {};
    // A password cannot be read back; the next up sets it again.
    const found = adopt ? { import: args.name, ignoreChanges: ["password"] } : {};
    chain.push(new postgresql.Role(name, args, { ...opts, ...after, ...found, hooks }));
  };
  if (database.owner === undefined) role("owner", { name: roles.owner, login: false });
  role("app", { name: roles.app, login: false });
  const isServing = (colour: Colour) => serving.includes(colour);
  const kept = colours.some(isServing)
    ? {
        beforeUpdate: [
          new pulumi.ResourceHook("refuse-other-password", refuseOtherPassword, { onDryRun: true }),
        ],
      }
    : {};
  for (const colour of [...colours.filter(isServing), ...colours.filter((each) => !isServing(each))]) {
    const login = {
      name: roles.logins[colour],
      login: true,
      password: passwordOf(passwords, colour),
      roles: [roles.app],
    };
    role(colour, login, isServing(colour) ? kept : {});
  }
  role("migrator", {
    name: roles.migrator,
    login: true,
    password: passwords.migrator,
    roles: [roles.owner, ...(database.readsStatistics ? [STATISTICS] : [])],
  });
  return chain;
}

/** Config must hold it, as long as there is such a login. */
const passwordOf = (passwords: pulumi.Output<Passwords>, login: Login): pulumi.Output<string> =>
  passwords.apply((all) => {
    const password = all[login];
    if (password === undefined)
      throw new pulumi.RunError(
        `Cannot make the login of ${login} as ${configKey(`databasePasswords.${login}`)} is not set. Nothing was changed.`,
      );
    return password;
  });

/** Pods get the password when they start: with another one they can open no new connections. */
export async function refuseOtherPassword({ oldInputs, newInputs }: pulumi.ResourceHookArgs): Promise<void> {
  const inputs = [oldInputs, newInputs] as readonly (postgresql.RoleArgs | undefined)[];
  // Secret inputs come as outputs.
  const [before, next] = await new Promise<readonly (string | undefined)[]>((resolve) =>
    pulumi.all(inputs.map((one) => pulumi.output(one?.password))).apply(resolve),
  );
  // A role that was adopted from the database shows no password, or a hash of it.
  const isKnown = before !== undefined && before !== "" && !/^(md5|SCRAM-SHA-256\$)/.test(before);
  if (!isKnown || before === next) return;
  const name = (newInputs as { readonly name?: string }).name ?? "";
  throw new pulumi.RunError(
    `Cannot change the password of ${name} as pods that serve log in with it, and could open no new connection. ` +
      `Give the idle colour a new one, release to it, then change this one. Nothing was changed.`,
  );
}

/** One after the other: grants that run side by side fail with "tuple concurrently updated". */
function createGrants(
  { name: database, schema }: Database,
  { owner, app }: Roles,
  opts: pulumi.CustomResourceOptions,
  after: pulumi.Resource[],
): pulumi.Resource[] {
  const chain: pulumi.Resource[] = [];
  const next = () => ({ ...opts, dependsOn: [...after, ...chain.slice(-1)] });
  const grant = (name: string, args: postgresql.GrantArgs) =>
    chain.push(new postgresql.Grant(name, args, next()));
  const byDefault = (objectType: string, privileges: string[]) =>
    chain.push(
      new postgresql.DefaultPrivileges(
        `app-${objectType}s`,
        { database, schema, owner, role: app, objectType, privileges },
        next(),
      ),
    );
  grant("owner-database", {
    database,
    role: owner,
    objectType: "database",
    privileges: ["CONNECT", "CREATE"],
  });
  grant("app-database", { database, role: app, objectType: "database", privileges: ["CONNECT"] });
  grant("owner-schema", {
    database,
    schema,
    role: owner,
    objectType: "schema",
    privileges: ["CREATE", "USAGE"],
  });
  grant("app-schema", { database, schema, role: app, objectType: "schema", privileges: ["USAGE"] });
  byDefault("table", ["DELETE", "INSERT", "SELECT", "UPDATE"]);
  byDefault("sequence", ["SELECT", "USAGE"]);
  return chain;
}

function createSecrets(
  { passwords, cluster, colours }: DatabaseAccessArgs,
  opts: pulumi.CustomResourceOptions,
) {
  const logins: readonly Login[] = ["migrator", ...colours];
  return logins.map(
    (login) =>
      new k8s.core.v1.Secret(
        `database-${login}`,
        {
          metadata: meta(cluster, loginSecret(cluster.app, login)),
          stringData: { [PASSWORD_KEY]: passwordOf(passwords, login) },
        },
        opts,
      ),
  );
}
