// Where the cluster is and how to log in, from a kubeconfig. Left out: exec and auth-provider
// plugins, merging of several files, in-cluster configuration.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { at, maps, text } from "../objects/objects.ts";
import { decode, isProperties, type Properties } from "../../protocol/values.ts";

/** One cluster with a way to log in. */
export interface Cluster {
  readonly server: string;
  readonly ca?: string;
  readonly insecure: boolean;
  readonly serverName?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
  readonly password?: { readonly user: string; readonly password: string };
  /** Namespace of the context; `default` when it names none. */
  readonly namespace: string;
}

/**
 * Reads a kubeconfig given as its content or as a path, `~` included. Throws when it is neither.
 */
export function parseKubeconfig(pathOrContents: string): Properties {
  const path = pathOrContents.replace(/^~(?=\/|$)/, homedir());
  const contents = existsSync(path) ? readFileSync(path, "utf8") : pathOrContents;
  const config = decode(parse(contents));
  if (!isProperties(config)) {
    throw new Error(
      "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct " +
        '{ APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
    );
  }
  return config;
}

/**
 * The kubeconfig of the environment: the first file of $KUBECONFIG that exists, else
 * ~/.kube/config.
 */
export function ambientKubeconfig(): Properties {
  const listed = (process.env["KUBECONFIG"] ?? "").split(":").filter((path) => path !== "");
  const paths = listed.length > 0 ? listed : [join(homedir(), ".kube", "config")];
  const path = paths.find((candidate) => existsSync(candidate));
  return path === undefined ? {} : parseKubeconfig(path);
}

function named(config: Properties, list: string, name: string): Properties | undefined {
  return maps(config, list).find((entry) => entry["name"] === name);
}

/**
 * The cluster entry that is in force, for telling whether a kubeconfig leads elsewhere
 * than another.
 */
export function activeCluster(
  config: Properties,
  choice: { context?: string; cluster?: string },
): Properties | undefined {
  const context = named(config, "contexts", choice.context ?? text(config, "current-context"));
  const cluster = choice.cluster ?? text(context, "context", "cluster");
  const entry = at(named(config, "clusters", cluster), "cluster");
  return context !== undefined && isProperties(entry) ? entry : undefined;
}

/** Picks cluster, login and namespace. Throws with client-go's words when something is missing. */
export function selectCluster(
  config: Properties,
  choice: { context?: string; cluster?: string; namespace?: string },
): Cluster {
  const name = choice.context ?? text(config, "current-context");
  const context = named(config, "contexts", name);
  if (context === undefined && choice.context !== undefined)
    throw new Error(`context "${name}" does not exist`);
  const cluster = activeCluster(config, choice);
  const server = text(cluster, "server");
  if (cluster === undefined || server === "") {
    throw new Error(
      "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable",
    );
  }
  const user = at(named(config, "users", text(context, "context", "user")), "user");
  const login = isProperties(user) ? user : {};
  if ("exec" in login || "auth-provider" in login) {
    throw new Error(
      `Cannot log in as the user of context ${name} does, by a credential plugin, as this stand-in for the official ` +
        "kubernetes plugin knows certificates, tokens and passwords only. Install the official plugin",
    );
  }
  const token = text(login, "token") || fileOf(login, "tokenFile").trim();
  const ca = blob(cluster, "certificate-authority");
  const certificate = blob(login, "client-certificate");
  const key = blob(login, "client-key");
  const serverName = text(cluster, "tls-server-name");
  return {
    server: server.replace(/\/+$/, ""),
    insecure: cluster["insecure-skip-tls-verify"] === true,
    namespace: choice.namespace ?? (text(context, "context", "namespace") || "default"),
    ...(ca === "" ? {} : { ca }),
    ...(certificate === "" ? {} : { certificate }),
    ...(key === "" ? {} : { key }),
    ...(token === "" ? {} : { token }),
    ...(serverName === "" ? {} : { serverName }),
    ...(text(login, "username") === ""
      ? {}
      : { password: { user: text(login, "username"), password: text(login, "password") } }),
  };
}

function blob(entry: Properties, key: string): string {
  const inline = text(entry, `${key}-data`);
  return inline === "" ? fileOf(entry, key) : Buffer.from(inline, "base64").toString("utf8");
}

function fileOf(entry: Properties, key: string): string {
  const path = text(entry, key);
  return path === "" ? "" : readFileSync(path, "utf8");
}
