import * as fs from "node:fs";
import * as path from "node:path";
import { checkout } from "../folders.ts";

/**
 * Versions of what is built or fetched; those of npm packages are read from node_modules, where the
 * lock file put them.
 */
export const versions = {
  pulumi: "3.254.0",
  kubernetes: "1.34.4",
  coredns: "1.15.0",
  contour: "1.33.8",
  envoy: "1.40.0",
} as const;

/** The version of an installed npm package, `undefined` if it is not installed. */
export function installedVersion(packageName: string): string | undefined {
  const manifest = path.join(checkout, "node_modules", packageName, "package.json");
  if (!fs.existsSync(manifest)) return undefined;
  const parsed: unknown = JSON.parse(fs.readFileSync(manifest, "utf8"));
  return typeof parsed === "object" && parsed !== null && "version" in parsed
    ? String(parsed.version)
    : undefined;
}
