import type { Json } from "../../release/release.ts";
import { soundsConfidential, withoutPasswords } from "../confidential.ts";
import type { Difference, Step } from "./differences.ts";

/** No value is shown at more length. */
const LONGEST = 60;

/** A digest, of which the beginning is enough. */
const DIGEST = /(sha256:[0-9a-f]{12})[0-9a-f]{52}/g;

/** A difference on one line, as in `strategy.rollingUpdate.maxSurge 1 → "50%"`. */
export const describeDifference = ({ path, before, after, isOrder }: Difference): string =>
  isOrder
    ? `${placeOf(path)} in another order`
    : sentence(placeOf(path), shown(before, path), shown(after, path));

/** What became of a place. Undefined: there was, or is, nothing; empty: it is not to be shown. */
export function sentence(place: string, was: string | undefined, is: string | undefined): string {
  if (is === undefined) return `${place} removed`;
  if (was === undefined) return `${place} added${is === "" ? "" : `: ${is}`}`;
  return was === is || was === "" || is === "" ? `${place} changed` : `${place} ${was} → ${is}`;
}

/** A path as people write it: `containers[web].env[LEVEL].value`. */
export const placeOf = (path: readonly Step[]): string =>
  path
    .map(({ key, isItem }, index) => {
      if (isItem) return `[${key}]`;
      if (!/^[\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join("");

/** A value at some length; empty where it is confidential, undefined where there is none. */
export function shown(value: Json | undefined, path: readonly Step[]): string | undefined {
  if (value === undefined) return undefined;
  if (isConfidential(path)) return "";
  const text = JSON.stringify(value, withoutConfidential);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/**
 * By names of variables, headers, annotations: anybody may call a secret so there. Kubernetes' own
 * fields that are called so hold but names of Secrets.
 */
const isConfidential = (path: readonly Step[]): boolean =>
  path.some(
    ({ key, isItem }, index) => (isItem || path[index - 1]?.key === "annotations") && soundsConfidential(key),
  );

/** Leaves out values beside a confidential name, within a value that is shown as a whole. */
function withoutConfidential(this: unknown, key: string, value: unknown): unknown {
  const name = (this as { readonly name?: unknown }).name;
  if (soundsConfidential(key) || (key === "value" && typeof name === "string" && soundsConfidential(name)))
    return typeof value === "string" ? "…" : value;
  return typeof value === "string" ? withoutPasswords(value).replace(DIGEST, "$1…") : value;
}
