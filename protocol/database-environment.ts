import type { DeepReadonly } from "./deep-readonly.ts";
import type { Database } from "./config/config-schema.ts";
import { loginSecret, PASSWORD_KEY } from "./names.ts";
import { rolesOf, type Login } from "./roles.ts";

/** A variable of a container, as Kubernetes has it. */
export type EnvironmentVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly valueFrom: VariableSource };

/** A key of a Secret or a ConfigMap. */
export type VariableSource =
  | { readonly secretKeyRef: { readonly name: string; readonly key: string } }
  | { readonly configMapKeyRef: { readonly name: string; readonly key: string } };

/** The standard libpq variables that let a container log in; the password comes from a Secret. */
export function databaseEnvironment(
  database: DeepReadonly<Database>,
  app: string,
  login: Login,
): EnvironmentVariable[] {
  const { migrator, logins } = rolesOf(database, app);
  const [user, place] =
    login === "migrator"
      ? [migrator, databasePlace(database)]
      : [logins[login], placeOf(database, database.host, database.port)];
  return [...place, { name: "PGUSER", value: user }, loginPassword(app, login, "PGPASSWORD")];
}

/**
 * The libpq variables that say where a Job finds the database, without a login. The application may
 * go through a pooler, past which the Jobs go.
 */
export const databasePlace = (database: DeepReadonly<Database>): EnvironmentVariable[] =>
  placeOf(database, ...jobAddress(database));

/** Host and port where Jobs, the guard and whoever makes roles connect. */
export const jobAddress = ({
  host,
  port,
  jobHost = host,
  jobPort = port,
}: Pick<DeepReadonly<Database>, "host" | "port" | "jobHost" | "jobPort">): readonly [string, number] => [
  jobHost,
  jobPort,
];

const placeOf = (
  { name, sslmode }: Pick<DeepReadonly<Database>, "name" | "sslmode">,
  host: string,
  port: number,
): EnvironmentVariable[] => [
  { name: "PGHOST", value: host },
  { name: "PGPORT", value: String(port) },
  { name: "PGDATABASE", value: name },
  { name: "PGSSLMODE", value: sslmode },
];

/** A login's password from its Secret, as the variable of this name. */
export const loginPassword = (app: string, login: Login, name: string): EnvironmentVariable => ({
  name,
  valueFrom: { secretKeyRef: { name: loginSecret(app, login), key: PASSWORD_KEY } },
});
