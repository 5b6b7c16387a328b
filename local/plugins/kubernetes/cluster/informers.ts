// Collections of objects kept up to date by list and watch, each shared by all who wait on it.
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "./api-error.ts";
import type { Client } from "./client.ts";
import { isProperties, type Properties } from "../../protocol/values.ts";
import { maps, text } from "../objects/objects.ts";

/** An object that came, changed or went. */
export interface ObjectEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: Properties;
}

type Listener = (event: ObjectEvent) => void;

const RETRY_MILLISECONDS = 1000;

/** One collection. It is watched only while somebody listens. */
class Informer {
  readonly #client: Client;
  readonly #path: string;
  readonly #objects = new Map<string, Properties>();
  readonly #listeners = new Set<Listener>();
  #running: AbortController | undefined;

  constructor(client: Client, path: string) {
    this.#client = client;
    this.#path = path;
  }

  /**
   * Hears of every object that is there and of every change, until the returned function is called.
   */
  subscribe(listener: Listener, cancelled: AbortSignal): () => void {
    this.#listeners.add(listener);
    for (const object of this.#objects.values()) listener({ type: "ADDED", object });
    if (this.#running === undefined) {
      const running = new AbortController();
      this.#running = running;
      void this.#run(AbortSignal.any([running.signal, cancelled]));
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#running?.abort();
      this.#running = undefined;
      this.#objects.clear();
    };
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const version = await this.#list(signal);
        await this.#watch(version, signal);
      } catch (error) {
        // What cannot be read now is tried again for as long as somebody waits; the waiting has its
        // own limit.
        const expired = error instanceof ApiError && error.code === 410;
        if (!signal.aborted && !expired)
          await sleep(RETRY_MILLISECONDS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const list = await this.#client.request({ method: "GET", path: this.#path });
    if (signal.aborted) return "";
    const items = new Map(maps(list, "items").map((item) => [text(item, "metadata", "uid"), item]));
    for (const [uid, object] of this.#objects) if (!items.has(uid)) this.#handle({ type: "DELETED", object });
    // Lists leave out kind and version of their items.
    const kind = text(list, "kind").replace(/List$/, "");
    const apiVersion = text(list, "apiVersion");
    for (const item of items.values()) this.#handle({ type: "ADDED", object: { apiVersion, kind, ...item } });
    return text(list, "metadata", "resourceVersion");
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const query = { watch: "true", resourceVersion, allowWatchBookmarks: "true" };
    for await (const line of this.#client.lines({ method: "GET", path: this.#path, query }, signal)) {
      const { type, object } = line;
      if (!isProperties(object)) continue;
      if (type === "ERROR") throw new ApiError(410, object);
      if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") this.#handle({ type, object });
    }
  }

  #handle(event: ObjectEvent): void {
    const uid = text(event.object, "metadata", "uid");
    const known = this.#objects.get(uid);
    const version = text(event.object, "metadata", "resourceVersion");
    if (
      event.type !== "DELETED" &&
      known !== undefined &&
      text(known, "metadata", "resourceVersion") === version
    )
      return;
    if (event.type === "DELETED") this.#objects.delete(uid);
    else this.#objects.set(uid, event.object);
    const type = event.type === "ADDED" && known !== undefined ? "MODIFIED" : event.type;
    for (const listener of this.#listeners) listener({ type, object: event.object });
  }
}

/** All collections that are listened to. */
export class Informers {
  readonly #client: Client;
  readonly #cancelled: AbortSignal;
  readonly #byPath = new Map<string, Informer>();

  constructor(client: Client, cancelled: AbortSignal) {
    this.#client = client;
    this.#cancelled = cancelled;
  }

  /** Listens to the collection at a path; the returned function ends it. */
  subscribe(path: string, listener: Listener): () => void {
    let informer = this.#byPath.get(path);
    if (informer === undefined) {
      informer = new Informer(this.#client, path);
      this.#byPath.set(path, informer);
    }
    return informer.subscribe(listener, this.#cancelled);
  }
}
