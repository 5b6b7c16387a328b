import { expect } from "chai";
import type { SortedObjects, SortOptions } from "../../../manifests/application.ts";
import { describeFinding, titleOf, type ManifestObject } from "../../../manifests/kube-object.ts";
import { sortObjects } from "../../../manifests/sort/sort-objects.ts";
import { readFiles, type Files } from "./written-files.ts";

/** Config that says nothing of the files but the name. */
export const OPTIONS: SortOptions = {
  namespace: "shop",
  app: "shop",
  services: {},
  unversioned: [],
  shared: [],
  ignore: [],
  migrates: false,
};

/** How files are sorted that can be read; a text alone is `deploy/app.yaml`. */
export async function sortFiles(
  files: Files | string,
  options: Partial<SortOptions> = {},
): Promise<SortedObjects> {
  const read = await readFiles(typeof files === "string" ? { "deploy/app.yaml": files } : files);
  expect(read.refusals.map(describeFinding)).to.deep.equal([]);
  return sortObjects(read.objects, { ...OPTIONS, ...options });
}

/** Why they are refused, a line each. */
export const sortRefusals = async (
  files: Files | string,
  options?: Partial<SortOptions>,
): Promise<string[]> => (await sortFiles(files, options)).refusals.map(describeFinding);

/** What people are told of files that are taken. */
export async function sortNotes(files: Files | string, options?: Partial<SortOptions>): Promise<string[]> {
  const { refusals, notes } = await sortFiles(files, options);
  expect(refusals.map(describeFinding)).to.deep.equal([]);
  return notes.map(describeFinding);
}

/** What objects become, by their titles; the files must be taken. */
export async function partsOf(files: Files | string, options?: Partial<SortOptions>) {
  const { application, refusals } = await sortFiles(files, options);
  expect(refusals.map(describeFinding)).to.deep.equal([]);
  if (!application) throw new Error("Cannot read the parts of files that are refused");
  const titles = (objects: readonly ManifestObject[]) => objects.map(({ object }) => titleOf(object));
  const { web, container, services, routes, budgets, versioned, shared } = application;
  return {
    web: titleOf(web.object),
    container,
    services: titles(services),
    routes: titles(routes),
    budgets: titles(budgets),
    versioned: titles(versioned),
    shared: titles(shared),
  };
}

/** Documents of one file. */
export const documents = (...texts: readonly string[]): string =>
  texts.map((text) => text.trim()).join("\n---\n");

/** A Deployment of one container; lines of a container or a pod may be added, or replaced. */
export function deployment(
  name = "shop",
  {
    container = "",
    pod = "",
    probe = "readinessProbe: { httpGet: { path: /ready, port: http } }",
    labels = `{ app: ${name} }`,
  } = {},
): string {
  const indented = (text: string, by: number) =>
    text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => `${" ".repeat(by)}${line}\n`)
      .join("");
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector: { matchLabels: ${labels} }
  template:
    metadata: { labels: ${labels} }
    spec:
      containers:
        - name: ${name}
          image: registry.example.com/${name}:1
          ports: [{ name: http, containerPort: 8080 }]
${indented(probe, 10)}${indented(container, 10)}${indented(pod, 6)}`;
}

/** A Service in front of it; its lines of `spec` may be added. */
export const service = (name = "shop", spec = "", selector = `{ app: ${name} }`): string => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector: ${selector}
  ports: [{ name: http, port: 80, targetPort: http }]
${spec === "" ? "" : `  ${spec.split("\n").join("\n  ")}\n`}`;

/** Both. */
export const shop = (parts: Parameters<typeof deployment>[1] = {}): string =>
  documents(deployment("shop", parts), service());
