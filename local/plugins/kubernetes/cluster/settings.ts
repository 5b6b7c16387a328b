// The provider's own settings: what a program gives `new kubernetes.Provider`, or else
// the environment.
import type { ConfigureRequest } from "../../protocol/provider.ts";

/** The settings in force; what is absent was not given. */
export interface Settings {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly namespace?: string;
  readonly deleteUnreachable: boolean;
  readonly skipUpdateUnreachable: boolean;
  readonly enablePatchForce: boolean;
  readonly upsertExistingObjects: boolean;
  readonly enableConfigMapMutable: boolean;
  readonly enableSecretMutable: boolean;
  /** Milliseconds for one request to the API server; undefined = the client's own limits. */
  readonly timeout?: number;
}

// Settings of the official provider whose effect is not imitated; they are refused rather
// than ignored.
const NOT_SERVED = ["renderYamlToDirectory", "alwaysRender", "helmReleaseSettings"];

/**
 * Reads the settings. Throws on what the official provider refuses, and on what this one cannot do.
 */
export function readSettings(
  variables: ConfigureRequest["variables"],
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const setting = (key: string): string | undefined => variables.get(`kubernetes:config:${key}`);
  const flag = (key: string, variable: string, otherwise: boolean): boolean => {
    const value = setting(key) ?? environment[variable];
    return value === undefined ? otherwise : value === "true";
  };
  for (const key of NOT_SERVED) {
    const value = setting(key);
    if (value !== undefined && value !== "" && value !== "false") {
      throw new Error(
        `Cannot use the provider setting "${key}" as this stand-in for the official kubernetes plugin does not imitate it`,
      );
    }
  }
  if (!flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true)) {
    throw new Error(
      'Cannot use the provider setting "enableServerSideApply": false as this stand-in for the official kubernetes ' +
        "plugin knows server-side apply only",
    );
  }
  if (environment["PULUMI_K8S_AWAIT_ALL"] === "true") {
    throw new Error(
      "Cannot honour PULUMI_K8S_AWAIT_ALL as this stand-in for the official kubernetes plugin waits for the kinds only " +
        "that have a wait of their own",
    );
  }
  const timeout = readTimeout(setting("kubeClientSettings"), environment["PULUMI_K8S_CLIENT_TIMEOUT"]);
  return {
    deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE", false),
    skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", false),
    enablePatchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE", false),
    upsertExistingObjects: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS", false),
    enableConfigMapMutable: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", false),
    enableSecretMutable: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE", false),
    ...given("kubeconfig", setting("kubeconfig")),
    ...given("context", setting("context")),
    ...given("cluster", setting("cluster")),
    ...given("namespace", setting("namespace")),
    ...(timeout === undefined ? {} : { timeout }),
  };
}

function given<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  if (value === undefined || value === "") return {};
  const entry: Partial<Record<Key, string>> = {};
  entry[key] = value;
  return entry;
}

function readTimeout(
  clientSettings: string | undefined,
  environment: string | undefined,
): number | undefined {
  if (clientSettings !== undefined && clientSettings !== "") {
    const parsed: unknown = parseJson(clientSettings);
    const { timeout } = Object(parsed) as { timeout?: unknown };
    if (timeout !== undefined && timeout !== null) {
      if (typeof timeout !== "number" || !Number.isInteger(timeout)) {
        throw new Error(
          `failed to unmarshal kubeClientSettings option: cannot use ${JSON.stringify(timeout)} as the whole number "timeout"`,
        );
      }
      return timeout * 1000;
    }
  }
  if (environment === undefined || environment === "") return undefined;
  if (!/^[+-]?\d+$/.test(environment)) {
    throw new Error(
      `invalid value specified for PULUMI_K8S_CLIENT_TIMEOUT: strconv.Atoi: parsing "${environment}": invalid syntax`,
    );
  }
  return Number(environment) * 1000;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`failed to unmarshal kubeClientSettings option: ${String(error)}`, { cause: error });
  }
}
