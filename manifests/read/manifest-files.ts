import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import type { Finding } from "../kube-object.ts";

/** A file with objects. */
export interface ManifestFile {
  /** Relative to the project, with slashes. */
  readonly name: string;
  readonly text: string;
}

/** The files behind `zero-downtime:manifests`. */
export interface FoundFiles {
  readonly files: readonly ManifestFile[];
  readonly refusals: readonly Finding[];
  readonly notes: readonly Finding[];
}

/** As kubectl's `-f folder` takes them. */
const EXTENSIONS = new Set([".yaml", ".yml", ".json"]);
const CHART = "Chart.yaml";
const KUSTOMIZATIONS = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/** More than all files of any application; what is larger is something else. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * The files of a folder as kubectl takes them: its `*.yaml`, `*.yml` and `*.json` in the order of
 * their names, none of the folders in it; or a file of any name. Refused is what has to be rendered
 * first.
 *
 * @param path relative to the project
 * @param project its folder
 */
export async function findFiles(path: string, project: string): Promise<FoundFiles> {
  const place = resolve(project, path);
  const nameOf = (file: string) => relative(project, file).replaceAll("\\", "/") || ".";
  const refused = (text: string, advice: string, file?: string): FoundFiles => ({
    files: [],
    refusals: [{ source: file === undefined ? null : { file: nameOf(file), line: 1 }, text, advice }],
    notes: [],
  });
  const found = await stat(place).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error)
    return refused(
      `Cannot read the manifests: ${nameOf(place)} ${found.code === "ENOENT" ? "does not exist" : `cannot be opened (${found.code})`}`,
      "Set zero-downtime:manifests to a file or a folder with the application's objects, relative to the project",
    );
  const folder = found.isDirectory() ? place : dirname(place);
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = new Set(entries.map((entry) => entry.name));
  const kustomization = KUSTOMIZATIONS.find((name) => names.has(name));
  if (kustomization !== undefined && (found.isDirectory() || basename(place) === kustomization)) {
    const output = outputOf(nameOf(folder));
    return refused(
      "This folder is a kustomization, and nothing was rendered",
      `Render it and name what comes out: \`kubectl kustomize ${nameOf(folder)} > ${output}\` (or \`kustomize build\`), and zero-downtime:manifests: ${output}`,
      join(folder, kustomization),
    );
  }
  const chart = await chartAround(folder, names);
  if (chart !== null && (found.isDirectory() || basename(place) === CHART)) {
    const output = outputOf(nameOf(chart));
    return refused(
      "This folder is a Helm chart, and nothing was rendered",
      `Render it and name what comes out: \`helm template ${basename(chart)} ${nameOf(chart)} > ${output}\`, and zero-downtime:manifests: ${output}`,
      join(chart, CHART),
    );
  }
  if (!found.isDirectory()) return readAll([place], nameOf, []);
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of entries) {
    const one = join(folder, entry.name);
    // A link may lead to either; one that leads nowhere is refused when it is read.
    const kind = entry.isSymbolicLink() ? await stat(one).catch(() => entry) : entry;
    if (kind.isDirectory()) folders.push(one);
    else if (EXTENSIONS.has(extname(entry.name))) files.push(one);
  }
  const inner = (await Promise.all(folders.map(foldersWithObjects))).flat().map(nameOf);
  if (files.length === 0)
    return refused(
      `${nameOf(folder)} has no *.yaml, *.yml or *.json`,
      inner.length > 0
        ? `Folders in it are not read: set zero-downtime:manifests to one of ${inner.join(", ")}`
        : "Put the application's objects there, or set zero-downtime:manifests to where they are",
    );
  const notes =
    inner.length > 0
      ? [
          {
            source: null,
            text: `Folders in ${nameOf(folder)} are not read, as by \`kubectl apply -f\`: ${inner.join(", ")}`,
            advice: "Move what belongs to the application one level up",
          },
        ]
      : [];
  return readAll(files, nameOf, notes);
}

/** Where people are told to put what is rendered: beside the folder. */
const outputOf = (folder: string): string =>
  folder === "." || folder.startsWith("..") ? "rendered.yaml" : `${folder}-rendered.yaml`;

/** The chart that a folder is, or whose templates it holds. */
async function chartAround(folder: string, names: ReadonlySet<string>): Promise<string | null> {
  if (names.has(CHART)) return folder;
  if (basename(folder) !== "templates") return null;
  const isChart = await stat(join(folder, "..", CHART)).then(
    () => true,
    () => false,
  );
  return isChart ? dirname(folder) : null;
}

/** The folders in a folder, and itself, that hold files of the kinds that would be read. */
async function foldersWithObjects(folder: string): Promise<string[]> {
  if (/^(\..*|node_modules)$/.test(basename(folder))) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const inner = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => foldersWithObjects(join(folder, entry.name))),
  );
  const isOne = entries.some((entry) => entry.isFile() && EXTENSIONS.has(extname(entry.name)));
  return [...(isOne ? [folder] : []), ...inner.flat()];
}

async function readAll(
  paths: readonly string[],
  nameOf: (file: string) => string,
  notes: readonly Finding[],
): Promise<FoundFiles> {
  const files: ManifestFile[] = [];
  const refusals: Finding[] = [];
  let room = MOST_BYTES;
  for (const path of paths) {
    const name = nameOf(path);
    const refuse = (text: string, advice: string) =>
      refusals.push({ source: { file: name, line: 1 }, text, advice });
    const info = await stat(path).catch((error: NodeJS.ErrnoException) => error);
    if (info instanceof Error) {
      refuse(`This file cannot be opened (${info.code})`, "");
      continue;
    }
    room -= info.size;
    if (!info.isFile() || room < 0) {
      refuse(
        info.isFile()
          ? `The files are larger than ${MOST_BYTES / 1024 / 1024} MiB together`
          : "This is no file",
        "Leave out what is no object of the application",
      );
      continue;
    }
    const text = decode(await readFile(path));
    if (text === null)
      refuse(
        "This file is not UTF-8",
        "Save it as UTF-8; PowerShell's `>` writes UTF-16, `| Out-File -Encoding utf8` does not",
      );
    else files.push({ name, text });
  }
  return { files, refusals, notes };
}

/** The text of UTF-8 with or without a byte order mark; null where it is something else. */
function decode(bytes: Buffer): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
