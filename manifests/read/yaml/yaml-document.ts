import { isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type YAMLMap } from "yaml";
import type { Json } from "../../../release/release.ts";
import type { Finding, Source } from "../../kube-object.ts";
import type { Path } from "../../pod-references.ts";
import { readPlain, type PlainValue } from "./plain-scalar.ts";

/** A document of a file as JSON, and where its parts are. */
export interface YamlDocument {
  readonly value: Json;
  /** Where a path leads to, or the nearest place around it. */
  readonly sourceOf: (path: Path) => Source;
}

/** What all documents of a run have in common. */
export interface Budget {
  /** Values that may still be read, so that aliases of aliases do not fill the memory. */
  values: number;
}

/** The most values in all files together; 1,000 objects have about 100,000. */
export const MOST_VALUES = 1_000_000;

/** The deepest nesting; objects of Kubernetes have some 20 levels. */
const MOST_DEEP = 200;

/** A part of a document that cannot be read. */
class Unreadable extends Error {
  readonly node: Node | null;
  readonly advice: string;
  constructor(node: Node | null, text: string, advice: string) {
    super(text);
    this.node = node;
    this.advice = advice;
  }
}

const CORE_TAG = "tag:yaml.org,2002:";

const QUOTE = "Put it in quotes where it is meant as text";

/** An entry of a mapping, with those that a merge key brings in. */
interface Entry {
  readonly key: Node;
  readonly value: Node | null;
}

/**
 * Reads a document that was parsed with every scalar as text.
 *
 * @param root null: the document is empty
 */
export function readDocument(
  root: Node | null,
  file: string,
  lines: LineCounter,
  budget: Budget,
): { readonly document: YamlDocument | null; readonly refusals: readonly Finding[] } {
  const refusals: Finding[] = [];
  const sourceOfNode = (node: Node | null): Source => ({
    file,
    line: Math.max(1, lines.linePos((node ?? root)?.range?.[0] ?? 0).line),
  });
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  const open = new Set<Node>();

  /** The node that an alias stands for: the newest one before it with its name. */
  function resolved(node: Node | null): Node | null {
    if (!isAlias(node)) {
      if (node && "anchor" in node && node.anchor) anchors.set(node.anchor, node);
      return node;
    }
    const target = targets.get(node) ?? anchors.get(node.source);
    // Its name is not repeated: it may be a password that begins with a star.
    if (!target) throw new Unreadable(node, NO_ANCHOR, NO_ANCHOR_ADVICE);
    targets.set(node, target);
    return target;
  }

  function keyOf(key: Node | null): string {
    const node = resolved(key);
    if (isMap(node)) throw new Unreadable(key, TEMPLATE, TEMPLATE_ADVICE);
    if (!isScalar(node)) throw new Unreadable(key, "A key is no text", "");
    const { value } = scalarOf(node);
    if (typeof value === "string") return value;
    if (typeof value === "number" && String(value) === node.source) return node.source;
    if (typeof value === "boolean" && String(value) === node.source) return node.source;
    throw new Unreadable(key, `The key \`${node.source}\` is read as ${value}`, "Put it in quotes");
  }

  /** The entries of a mapping, its own before merged ones, the earlier before the later. */
  function entriesOf(map: YAMLMap<Node, Node | null>, found: (again: Entry, first: Entry) => void) {
    const entries = new Map<string, Entry>();
    const merged: (Node | null)[] = [];
    for (const { key, value } of map.items) {
      if (isScalar(key) && key.type === "PLAIN" && key.source === "<<" && !key.tag) {
        merged.push(value);
        continue;
      }
      const text = keyOf(key);
      const first = entries.get(text);
      if (first) found({ key, value }, first);
      else entries.set(text, { key, value });
    }
    for (const source of merged) {
      const sources = resolved(source);
      for (const one of isSeq<Node>(sources) ? sources.items : [source]) {
        const from = resolved(one);
        if (!isMap<Node, Node | null>(from))
          throw new Unreadable(one, "The merge key `<<` is given something other than a mapping", "");
        if (open.has(from)) throw new Unreadable(one, "A mapping is merged into itself", "");
        open.add(from);
        for (const [text, entry] of entriesOf(from, () => undefined))
          if (!entries.has(text)) entries.set(text, entry);
        open.delete(from);
      }
    }
    return entries;
  }

  function valueOf(node: Node | null): Json {
    if (--budget.values < 0)
      throw new Unreadable(
        node,
        `The files hold more than ${MOST_VALUES.toLocaleString("en")} values, with what aliases repeat`,
        "Leave out what is no object of the application",
      );
    const target = resolved(node);
    if (target === null) return null;
    if (open.has(target)) throw new Unreadable(node, "An alias stands inside what it repeats", "");
    if (isScalar(target)) {
      const { value, problem } = scalarOf(target);
      if (problem !== undefined) {
        const text = `This is no number that can be read, as ${problem}`;
        refusals.push({ source: sourceOfNode(node), text, advice: QUOTE });
      }
      return value;
    }
    if (target.tag && ![`${CORE_TAG}map`, `${CORE_TAG}seq`].includes(target.tag))
      throw new Unreadable(target, NO_TAG, NO_TAG_ADVICE);
    if (open.size > MOST_DEEP)
      throw new Unreadable(node, `This is nested deeper than ${MOST_DEEP} levels`, "");
    open.add(target);
    const value = isSeq<Node | null>(target) ? target.items.map(valueOf) : mappingOf(target);
    open.delete(target);
    return value;
  }

  function mappingOf(map: Node): Json {
    if (!isMap<Node, Node | null>(map)) throw new Unreadable(map, "This is no value", "");
    // A key may be anchored as well, and what is merged may stand in it.
    const entries = entriesOf(map, (again, first) =>
      refusals.push({
        source: sourceOfNode(again.key),
        text: `The key \`${keyOf(again.key)}\` stands twice in one mapping, first on line ${sourceOfNode(first.key).line}`,
        advice: "Only the last one would count: keep one of them",
      }),
    );
    // As definitions, or a key `__proto__` would be lost.
    return Object.fromEntries([...entries].map(([key, entry]) => [key, valueOf(entry.value)]));
  }

  const sourceOf = (path: Path): Source => {
    let at = root;
    let nearest = root;
    for (const key of path) {
      const node = resolved(at);
      const entry = isMap<Node, Node | null>(node)
        ? entriesOf(node, () => undefined).get(String(key))
        : undefined;
      const item = isSeq<Node | null>(node) && typeof key === "number" ? node.items[key] : undefined;
      if (!entry && !item) break;
      nearest = entry?.key ?? item ?? nearest;
      at = entry ? entry.value : (item ?? null);
    }
    return sourceOfNode(nearest);
  };

  try {
    const value = valueOf(root);
    return { document: { value, sourceOf }, refusals };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const { node, message, advice } = error;
    return { document: null, refusals: [...refusals, { source: sourceOfNode(node), text: message, advice }] };
  }
}

/** A scalar's value, by its quotes and its tag. */
function scalarOf(node: Node): PlainValue {
  if (!isScalar(node)) throw new Unreadable(node, "This is no value", "");
  const text = node.source ?? "";
  const type = node.tag?.startsWith(CORE_TAG) ? node.tag.slice(CORE_TAG.length) : node.tag;
  if (type === "str" || type === "!" || (type === undefined && node.type !== "PLAIN")) return { value: text };
  if (type !== undefined && !["int", "float", "bool", "null"].includes(type))
    throw new Unreadable(node, NO_TAG, NO_TAG_ADVICE);
  return readPlain(text);
}

const NO_ANCHOR = "This stands for an anchor, and none of its name is before it";
const NO_ANCHOR_ADVICE = "Put a text that begins with `*` in quotes";
const NO_TAG = "This has a tag, and Kubernetes does not know it";
const NO_TAG_ADVICE = "Write plain values; put a text that begins with `!` in quotes";

/** What files say that were never rendered. */
export const TEMPLATE = "This is a template that was not rendered: `{{` stands where a value should";
export const TEMPLATE_ADVICE =
  "Render it first, and name what comes out: `helm template shop chart/ > deploy/shop.yaml`";
