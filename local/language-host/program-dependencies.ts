import * as fs from "node:fs";
import * as path from "node:path";

/**
 * The packages that the program's package.json asks for, with the installed version or else the
 * wanted range.
 */
export function programDependencies(directory: string): { name: string; version: string }[] {
  const manifest = readManifest(nearestManifest(directory));
  const wanted = { ...section(manifest, "dependencies"), ...section(manifest, "devDependencies") };
  return Object.entries(wanted).map(([name, range]) => {
    const installed = readManifest(path.join(directory, "node_modules", name, "package.json"));
    return { name, version: String(installed["version"] ?? range) };
  });
}

function nearestManifest(directory: string): string {
  const file = path.join(directory, "package.json");
  const parent = path.dirname(directory);
  return fs.existsSync(file) || parent === directory ? file : nearestManifest(parent);
}

function readManifest(file: string): Record<string, unknown> {
  if (!fs.existsSync(file)) return {};
  const parsed: unknown = JSON.parse(fs.readFileSync(file, "utf8"));
  return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
}

function section(manifest: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = manifest[name];
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
