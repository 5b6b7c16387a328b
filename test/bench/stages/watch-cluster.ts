import { createInterface } from "node:readline";
import { execa } from "execa";
import { z } from "zod";
import type { Target } from "../../support/target.ts";
import { SIGHTING_OF, type Sighting } from "./course.ts";

/** Hears what happens to pods and Jobs of a namespace, in times of this process. */
export interface ClusterWatch {
  /** All that was heard until now. @throws {Error} where it hears nothing any more */
  readonly sightings: () => readonly Sighting[];
  readonly stop: () => void;
}

const PATHS = { pod: "api/v1", job: "apis/batch/v1", event: "api/v1" } as const;

const told = z.object({ type: z.string(), object: z.unknown() });

function sightingIn(kind: keyof typeof PATHS, at: number, line: string): Sighting | null {
  const { type, object } = told.parse(JSON.parse(line));
  if (type === "ERROR") throw new Error(line);
  return type === "ADDED" || type === "MODIFIED" ? SIGHTING_OF[kind](at, object) : null;
}

/**
 * Times that Kubernetes writes down are whole seconds, so what counts is when the API server tells
 * of it.
 */
export function watchCluster(target: Target, namespace: string): ClusterWatch {
  const sightings: Sighting[] = [];
  let problem: string | undefined;
  let isStopped = false;
  const watches = (["pod", "job", "event"] as const).map((kind) => {
    // From whatever the API server has at hand: it may refuse to find out what is newest.
    const path = `/${PATHS[kind]}/namespaces/${namespace}/${kind}s?watch=true&resourceVersion=0`;
    const watching = execa("kubectl", ["--kubeconfig", target.kubeconfig, "get", "--raw", path], {
      env: target.variables,
      buffer: { stdout: false },
      reject: false,
      stdin: "ignore",
    });
    createInterface({ input: watching.stdout }).on("line", (line) => {
      try {
        const sighting = sightingIn(kind, Date.now(), line);
        if (sighting) sightings.push(sighting);
      } catch (error) {
        problem ??= error instanceof Error ? error.message : String(error);
      }
    });
    void watching.then(({ stderr }) => {
      if (!isStopped) problem ??= `kubectl get --raw ${path} has ended: ${stderr}`;
    });
    return watching;
  });
  return {
    sightings: () => {
      if (problem !== undefined)
        throw new Error(`Cannot hear any more what happens in the cluster: ${problem}`);
      return sightings;
    },
    stop: () => {
      isStopped = true;
      for (const watching of watches) watching.kill();
    },
  };
}
