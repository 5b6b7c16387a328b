// The provider's own settings. Left out, and refused: AWS, GCP and Azure logins.
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import type { Failure } from "../protocol/provider.ts";

/** How the server is reached. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly databaseUsername: string;
  readonly database: string;
  /** Undefined = without TLS. */
  readonly ssl: ConnectionOptions | undefined;
  readonly connectTimeoutSeconds: number;
  /** 0 = no limit. */
  readonly maxConnections: number;
  /** Whether the login may read passwords. */
  readonly superuser: boolean;
}

const SETTINGS = new Set(
  [
    "scheme host port database username password databaseUsername superuser sslmode sslMode clientcert sslrootcert",
    "connectTimeout maxConnections expectedVersion awsRdsIamAuth awsRdsIamProfile awsRdsIamProviderRoleArn awsRdsIamRegion",
    "azureIdentityAuth azureTenantId gcpIamImpersonateServiceAccount",
  ].flatMap((line) => line.split(" ")),
);

/** What is wrong with the settings; values that are not known yet pass. */
export function settingFailures(resource: string, settings: Readonly<Record<string, unknown>>): Failure[] {
  const failures: Failure[] = [];
  const refuse = (property: string, reason: string): void => {
    failures.push({ property, reason: `${reason}. Examine values at '${resource}.${property}'.` });
  };
  for (const key of Object.keys(settings)) {
    if (key !== "version" && !key.startsWith("__") && !SETTINGS.has(key))
      refuse(key, "Invalid or unknown key");
  }
  const schemes = ["postgres", "awspostgres", "gcppostgres"];
  const { scheme } = settings;
  if (typeof scheme === "string" && !schemes.includes(scheme)) {
    const list = schemes.map((name) => `"${name}"`).join(" ");
    refuse("scheme", `expected scheme to be one of [${list}], got ${scheme}`);
  }
  for (const key of ["connectTimeout", "maxConnections", "port"]) {
    const value = settings[key];
    if (typeof value !== "string" && typeof value !== "number") continue;
    if (!/^-?\d+$/.test(String(value))) refuse(key, `expected ${key} to be a whole number, got ${value}`);
    else if (key !== "port" && Number(value) < -1)
      refuse(key, `expected ${key} to be at least (-1), got ${value}`);
  }
  return failures;
}

/**
 * Reads the settings; what is missing comes from libpq's environment variables.
 * @param setting the value of a setting as text, or undefined
 */
export function readConnection(
  setting: (key: string) => string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Connection {
  const cloud = ["awsRdsIamAuth", "azureIdentityAuth"].some((key) => setting(key) === "true");
  if (cloud || (setting("scheme") ?? "postgres") !== "postgres") {
    throw new Error(
      "Cannot log in by a cloud's own means as this stand-in for the official postgresql plugin knows passwords and " +
        "certificates only. Install the official plugin",
    );
  }
  const value = (key: string, variable: string, otherwise: string): string =>
    setting(key) || environment[variable] || otherwise;
  return {
    host: value("host", "PGHOST", "localhost"),
    port: Number(value("port", "PGPORT", "5432")),
    database: value("database", "PGDATABASE", "postgres"),
    username: value("username", "PGUSER", "postgres"),
    password: value("password", "PGPASSWORD", ""),
    databaseUsername: setting("databaseUsername") ?? "",
    superuser: value("superuser", "PGSUPERUSER", "true") === "true",
    connectTimeoutSeconds: Number(value("connectTimeout", "PGCONNECT_TIMEOUT", "180")),
    maxConnections: Number(setting("maxConnections") ?? "20"),
    ssl: readTls(value("sslmode", "PGSSLMODE", setting("sslMode") ?? ""), setting),
  };
}

// The official provider's driver insists on TLS when nothing is said.
function readTls(mode: string, setting: (key: string) => string | undefined): ConnectionOptions | undefined {
  if (mode === "disable") return undefined;
  if (!["", "require", "verify-ca", "verify-full"].includes(mode)) {
    throw new Error(
      `pq: unsupported sslmode "${mode}"; only "require" (default), "verify-full", "verify-ca", and "disable" supported`,
    );
  }
  const rootFile = setting("sslrootcert") ?? "";
  const verifies = mode === "verify-ca" || mode === "verify-full" || rootFile !== "";
  return {
    rejectUnauthorized: verifies,
    ...(rootFile === "" ? {} : { ca: readFileSync(rootFile, "utf8") }),
    ...(verifies && mode !== "verify-full" ? { checkServerIdentity: () => undefined } : {}),
    ...clientCertificate(setting("clientcert")),
  };
}

function clientCertificate(setting: string | undefined): Pick<ConnectionOptions, "cert" | "key"> {
  if (setting === undefined || setting === "") return {};
  const parsed: unknown = JSON.parse(setting);
  const { cert, key, sslinline } = Object(Array.isArray(parsed) ? parsed[0] : parsed) as Record<
    string,
    unknown
  >;
  const read = (value: unknown): string =>
    sslinline === true || sslinline === "true" ? String(value) : readFileSync(String(value), "utf8");
  return { cert: read(cert), key: read(key) };
}
