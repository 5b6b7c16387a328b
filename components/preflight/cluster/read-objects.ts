import { z } from "zod";
import { PROGRAM_MANAGER } from "../../../protocol/field-managers.ts";
import type { FoundObject } from "../collisions.ts";
import { ownedMetadata } from "../owner.ts";
import { objectKey, titleOf, type PlannedObject } from "../planned.ts";
import type { TriedObject } from "../refused-writes.ts";
import type { ServedKind } from "../versions.ts";
import { valueOf, type Answer } from "./answer.ts";
import { attempt, get, JSON_ONLY, type Send } from "./ask.ts";
import { trialIn } from "./trial.ts";

/** What the cluster says of objects that will be written. */
export interface ObjectFacts {
  /** By `apiVersion`; null: not served. */
  readonly kinds: ReadonlyMap<string, Answer<readonly ServedKind[] | null>>;
  /** Those that are there already, but for what the state has. */
  readonly found: readonly Answer<FoundObject | null>[];
  /** Those whose content is new, as the API server would take them. */
  readonly tried: readonly Answer<TriedObject>[];
}

/** @param known keys of objects that the stack's state has: they are the release's */
export async function readObjects(
  namespace: string,
  objects: readonly PlannedObject[],
  known: ReadonlySet<string>,
  send: Send,
): Promise<ObjectFacts> {
  const unknown = objects.filter((planned) => !known.has(objectKey(planned)));
  const written = objects.filter(({ object }) => object !== null);
  const kinds = await readKinds([...unknown, ...written], send);
  // Nothing is asked about what the cluster does not serve: that is told once for the kind.
  const each = <Value>(of: readonly PlannedObject[], ask: (planned: PlannedObject, path: string) => Value) =>
    of.flatMap((planned) => {
      const path = pathOf(planned, kinds, namespace);
      return path === undefined ? [] : [ask(planned, path)];
    });
  const [found, tried] = await Promise.all([
    Promise.all(each(unknown, (planned, path) => lookUp(planned, path, send))),
    Promise.all(each(written, (planned, path) => tryOut(planned, path, send))),
  ]);
  return { kinds, found, tried };
}

const resourceList = z
  .object({ resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })) })
  .transform(({ resources }): ServedKind[] =>
    resources
      .filter(({ name }) => !name.includes("/"))
      .map(({ name, kind, namespaced }) => ({ kind, resource: name, isNamespaced: namespaced })),
  );

/** What the cluster serves of each version of an API that is written. */
async function readKinds(objects: readonly PlannedObject[], send: Send): Promise<ObjectFacts["kinds"]> {
  const versions = [...new Set(objects.map(({ apiVersion }) => apiVersion))];
  const answers = await Promise.all(
    versions.map(async (version) => {
      const question = { what: `the kinds of ${version}`, shape: resourceList, path: basePath(version) };
      return [version, await get(send, question)] as const;
    }),
  );
  return new Map(answers);
}

const basePath = (apiVersion: string): string =>
  `/${apiVersion.includes("/") ? "apis" : "api"}/${apiVersion}`;

/** Undefined where the cluster does not serve the kind, or does not say. */
function pathOf(
  { apiVersion, kind, name }: PlannedObject,
  kinds: ObjectFacts["kinds"],
  namespace: string,
): string | undefined {
  const answer = kinds.get(apiVersion);
  const served = (answer && valueOf(answer))?.find((each) => each.kind === kind);
  if (!served) return undefined;
  const scope = served.isNamespaced ? `/namespaces/${namespace}` : "";
  return `${basePath(apiVersion)}${scope}/${served.resource}/${name}`;
}

/** An object without its content, which may be large or secret. */
const METADATA_ONLY = {
  accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
};

const withMetadata = z.object({ metadata: ownedMetadata });

async function lookUp(planned: PlannedObject, path: string, send: Send): Promise<Answer<FoundObject | null>> {
  const question = { what: titleOf(planned), shape: withMetadata, path, headers: METADATA_ONLY };
  const answer = await get(send, question);
  if ("unasked" in answer) return answer;
  return { value: answer.value && { planned, metadata: answer.value.metadata } };
}

const AS_WRITTEN = new URLSearchParams({
  fieldManager: PROGRAM_MANAGER,
  force: "true",
  dryRun: "All",
  fieldValidation: "Strict",
}).toString();

/**
 * Has the API server check an object as it will be written, with all that has a say in it, and
 * write nothing.
 */
const tryOut = (planned: PlannedObject, path: string, send: Send): Promise<Answer<TriedObject>> =>
  attempt(titleOf(planned), async () => {
    const headers = { ...JSON_ONLY, "content-type": "application/apply-patch+yaml" };
    const body = JSON.stringify(planned.object);
    const answer = await send({ method: "PATCH", path, query: `?${AS_WRITTEN}`, headers, body });
    return { value: { planned, trial: trialIn(answer) } };
  });
