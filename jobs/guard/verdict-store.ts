import { z } from "zod";
import type { ClusterApi } from "../kubernetes/cluster-api.ts";
import { GUARD_MANAGER } from "../../protocol/field-managers.ts";
import type { Memory } from "./guard-state.ts";
import { toKeep } from "./kept-memory.ts";
import { keptIn, verdictData } from "../../protocol/state/guard-record.ts";
import type { GuardSettings } from "../../protocol/jobs/guard-settings.ts";

const configMap = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  data: z.record(z.string(), z.string()).default({}),
});

/** A verdict object as it was found. */
export interface Kept {
  readonly memory: Memory | null;
  readonly resourceVersion: string;
}

/**
 * The verdict object. It is written only over the version that was read, so that neither of two
 * guards can undo what the other has latched.
 */
export class VerdictStore {
  readonly #settings: GuardSettings;
  readonly #api: ClusterApi;
  readonly #path: string;

  constructor(settings: GuardSettings, api: ClusterApi) {
    this.#settings = settings;
    this.#api = api;
    this.#path = `/api/v1/namespaces/${settings.namespace}/configmaps/${settings.verdict}`;
  }

  /** Undefined where there is no such object. */
  async read(signal: AbortSignal): Promise<Kept | undefined> {
    const found = await this.#api.get(configMap, this.#path, signal);
    if (!found) return undefined;
    return { memory: keptIn<Memory>(found.data), resourceVersion: found.metadata.resourceVersion };
  }

  /**
   * @param resourceVersion of the object that was read; undefined creates one that is gone
   * @throws {Conflict} when it was written since it was read
   */
  async write(memory: Memory, resourceVersion: string | undefined, signal: AbortSignal): Promise<string> {
    const { namespace, verdict: name } = this.#settings;
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
      data: verdictData(toKeep(memory)),
    };
    const written = await this.#api.apply(configMap, this.#path, object, GUARD_MANAGER, signal);
    return written.metadata.resourceVersion;
  }
}
