import { relative, resolve } from "node:path";
import { Trouble } from "../cli-error.ts";
import type { ManifestsChoice } from "./ask-manifests.ts";

/** Flags of `zd init` that are about manifests. */
export interface ManifestsFlags {
  /** File or folder, from where the command is typed. */
  readonly manifests?: string;
  readonly container?: string;
  readonly migrates?: boolean;
  readonly both?: readonly string[];
  readonly unversioned?: readonly string[];
  readonly shared?: readonly string[];
  readonly ignore?: readonly string[];
}

/**
 * What flags say of manifests; null where they name none.
 *
 * @param folder the project's
 * @throws {Trouble} where a flag would have no effect
 */
export function manifestsChoice(
  options: ManifestsFlags & Readonly<Record<string, unknown>>,
  folder: string,
): ManifestsChoice | null {
  const { manifests, container, migrates, both, unversioned, shared, ignore } = options;
  const useless = manifests === undefined ? MANIFESTS_FLAGS : SIMPLE_FLAGS;
  const given = useless.find((flag) => options[flag] !== undefined);
  const typed = given?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (typed !== undefined)
    throw new Trouble(
      "usage",
      manifests === undefined
        ? `Cannot take --${typed} without --manifests. Nothing was written.`
        : `Cannot take --${typed} with --manifests, as the files say it. Nothing was written.`,
      "zd init --help lists what it needs.",
    );
  if (manifests === undefined) return null;
  return {
    project: folder,
    manifests: {
      manifests: inProject(manifests, folder),
      ...(both ? { services: Object.fromEntries(both.map((name) => [name, "both" as const])) } : {}),
      ...(unversioned ? { unversioned: [...unversioned] } : {}),
      ...(shared ? { shared: [...shared] } : {}),
      ...(ignore ? { ignore: [...ignore] } : {}),
    },
    app: {
      ...(container === undefined ? {} : { container }),
      ...(migrates === true ? { migrates: "allowed" as const } : {}),
    },
  };
}

const MANIFESTS_FLAGS = [
  "databaseLogins",
  "container",
  "migrates",
  "both",
  "unversioned",
  "shared",
  "ignore",
];

/** Those that describe one container and its way in. */
const SIMPLE_FLAGS = [
  ...["port", "replicas", "readiness", "liveness", "identity"],
  ...["gateway", "service", "hostname"],
];

/** Config names files from the project's folder; people name them from where they are. */
const inProject = (path: string, folder: string): string => {
  const inside = relative(folder, resolve(path));
  return inside === "" ? "." : `${inside}${path.endsWith("/") ? "/" : ""}`;
};
