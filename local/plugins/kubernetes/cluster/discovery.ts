import { isNotFound, NoMatchError } from "./api-error.ts";
import type { Client } from "./client.ts";
import { isOwnKind, isOwnKindNamespaced } from "../objects/kinds.ts";
import { apiVersionOf, maps, namespaceOf, text, type GroupVersionKind } from "../objects/objects.ts";
import type { Properties } from "../../protocol/values.ts";

/** How a kind is addressed. */
export interface Mapping {
  readonly plural: string;
  readonly namespaced: boolean;
  /** `/api/v1`, `/apis/apps/v1`, … */
  readonly base: string;
}

/** What kinds the API server has; asked once a group and version. */
export class Discovery {
  readonly #client: Client;
  readonly #lists = new Map<string, Promise<Properties[]>>();

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * How to address a kind. Throws NoMatchError when the server does not have it, also
   * after asking afresh.
   */
  async mapping(gvk: GroupVersionKind): Promise<Mapping> {
    const found = (await this.#find(gvk)) ?? (await this.#findAfresh(gvk));
    if (found === undefined) throw new NoMatchError(gvk.kind, apiVersionOf(gvk));
    return found;
  }

  /** True when the server has the kind; false also when that cannot be told. */
  async exists(gvk: GroupVersionKind): Promise<boolean> {
    return this.#find(gvk).then(
      (found) => found !== undefined,
      () => false,
    );
  }

  /** Whether a kind lives in a namespace; undefined when nobody knows. */
  async isNamespaced(gvk: GroupVersionKind): Promise<boolean | undefined> {
    if (isOwnKind(gvk)) return isOwnKindNamespaced(gvk);
    return this.#find(gvk).then(
      (found) => found?.namespaced,
      () => undefined,
    );
  }

  /** The path of one object, or of its collection when `name` is empty. */
  async path(gvk: GroupVersionKind, namespace: string, name: string): Promise<string> {
    const { base, namespaced, plural } = await this.mapping(gvk);
    const scope = namespaced ? `/namespaces/${encodeURIComponent(namespace || "default")}` : "";
    return `${base}${scope}/${plural}${name === "" ? "" : `/${encodeURIComponent(name)}`}`;
  }

  /** The path of the collection that an object belongs to. */
  async collection(gvk: GroupVersionKind, object: Properties): Promise<string> {
    return this.path(gvk, namespaceOf(object), "");
  }

  async #find(gvk: GroupVersionKind): Promise<Mapping | undefined> {
    const base = gvk.group === "" ? `/api/${gvk.version}` : `/apis/${gvk.group}/${gvk.version}`;
    let list = this.#lists.get(base);
    if (list === undefined) {
      list = this.#client.request({ method: "GET", path: base }).then(
        (answer) => maps(answer, "resources"),
        (error: unknown) => {
          if (isNotFound(error)) return [];
          this.#lists.delete(base);
          throw error;
        },
      );
      this.#lists.set(base, list);
    }
    const resource = (await list).find(
      (entry) => entry["kind"] === gvk.kind && !text(entry, "name").includes("/"),
    );
    if (resource === undefined) return undefined;
    return { plural: text(resource, "name"), namespaced: resource["namespaced"] === true, base };
  }

  // A definition may have been made since.
  async #findAfresh(gvk: GroupVersionKind): Promise<Mapping | undefined> {
    this.#lists.clear();
    return this.#find(gvk);
  }
}
