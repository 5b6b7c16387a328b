import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Suite } from "mocha";
import { parseAllDocuments, type Document } from "yaml";
import type { Target } from "../target.ts";

/** The applications whose manifests lie beside this file, by their folders. */
export type Shape = "noticeboard" | "by-service" | "by-gateway" | "addresses" | "chart";

export type Path = readonly (string | number)[];

/** Leaves what is not edited as a person has written it. */
const AS_WRITTEN = { lineWidth: 0, flowCollectionPadding: false };

/** A team's folder of manifests, which a test edits as the team would. */
export class DeployFolder {
  #laidOut: string | undefined;

  /** As config names it: relative to the project. */
  get path(): string {
    return relative(process.cwd(), this.#folder);
  }

  get #folder(): string {
    if (this.#laidOut === undefined) throw new Error("Cannot use a folder that is not laid out yet");
    return this.#laidOut;
  }

  /** Copies the files of some shapes into it, with this target's names in place of examples. */
  layOut(shapes: readonly Shape[], target: Pick<Target, "registry" | "nodeImage" | "gateway">, host: string) {
    const ours: readonly [RegExp, string][] = [
      [/registry\.example\.com\/node:24/g, target.nodeImage],
      [/registry\.example\.com/g, target.registry],
      [/\w+\.example\.com/g, host],
      [/name: public$/gm, `name: ${target.gateway.name}`],
      [/namespace: gateways$/gm, `namespace: ${target.gateway.namespace}`],
    ];
    this.#laidOut ??= mkdtempSync(join(tmpdir(), "zero-downtime-deploy-"));
    for (const shape of shapes) {
      const source = fileURLToPath(new URL(shape, import.meta.url));
      cpSync(source, this.#folder, { recursive: true });
    }
    for (const file of this.#files()) {
      const text = readFileSync(file, "utf8");
      writeFileSync(
        file,
        ours.reduce((changed, [example, name]) => changed.replace(example, name), text),
      );
    }
  }

  /**
   * Changes a field of an object, or takes it out; comments and all else stay.
   * @param title such as `ConfigMap/noticeboard-texts`
   * @param value undefined takes the field out
   */
  edit(title: string, path: Path, value: unknown): void {
    this.#change(title, (document) => {
      if (value === undefined) document.deleteIn(path);
      else document.setIn(path, document.createNode(value));
    });
  }

  /** Adds items to a list of an object, which becomes one where there is none. */
  append(title: string, path: Path, items: readonly unknown[]): void {
    this.#change(title, (document) => {
      if (document.getIn(path) === undefined) document.setIn(path, document.createNode([]));
      for (const item of items) document.addIn(path, document.createNode(item));
    });
  }

  #change(title: string, change: (document: Document) => void): void {
    for (const file of this.#files()) {
      const documents = parseAllDocuments(readFileSync(file, "utf8"));
      const found = documents.find((document) => titleOf(document) === title);
      if (!found) continue;
      change(found);
      writeFileSync(file, documents.map((document) => document.toString(AS_WRITTEN)).join(""));
      return;
    }
    throw new Error(`Cannot edit ${title} as no file in ${this.#folder} has it`);
  }

  /** Remembers what the files say now. @returns what brings that back */
  keep(): () => void {
    const kept = this.#files().map((file) => [file, readFileSync(file)] as const);
    return () => {
      for (const file of this.#files()) rmSync(file);
      for (const [file, text] of kept) writeFileSync(file, text);
    };
  }

  /** A file more, or another text of one. */
  write(file: string, text: string): void {
    writeFileSync(join(this.#folder, file), text);
  }

  /** A file less. */
  remove(file: string): void {
    rmSync(join(this.#folder, file));
  }

  /** Takes all of it away. */
  forget(): void {
    if (this.#laidOut !== undefined) rmSync(this.#laidOut, { recursive: true, force: true });
    this.#laidOut = undefined;
  }

  #files(): string[] {
    return readdirSync(this.#folder).map((name) => join(this.#folder, name));
  }
}

/** A folder for one suite, removed after its last test. */
export function aDeployFolder(suite: Suite): DeployFolder {
  const folder = new DeployFolder();
  suite.afterAll(() => folder.forget());
  return folder;
}

const titleOf = (document: Document): string =>
  `${String(document.get("kind"))}/${String(document.getIn(["metadata", "name"]))}`;
