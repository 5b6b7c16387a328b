// Paths such as `metadata.annotations["a/b"]`, `spec.ports[0].port`, `spec.*`.

/** A key of a map or an index of a list. */
export type PathPart = string | number;

/** Parses a property path. Throws a SyntaxError when it is malformed. */
export function parsePath(path: string): PathPart[] {
  const parts: PathPart[] = [];
  const pattern = /\.?([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\]|(\.)/gy;
  let at = 0;
  for (let match = pattern.exec(path); match !== null; match = pattern.exec(path)) {
    at = pattern.lastIndex;
    if (match[2] !== undefined) parts.push(Number(match[2]));
    else if (match[3] !== undefined) parts.push(match[3].replaceAll('\\"', '"'));
    else parts.push(match[1] ?? match[4] ?? "");
  }
  if (at !== path.length || parts.length === 0)
    throw new SyntaxError(`Cannot parse the property path ${path}`);
  return parts;
}

/** Writes a property path the way that the engine does. */
export function formatPath(parts: readonly PathPart[]): string {
  let text = "";
  for (const part of parts) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/[."[\]]/.test(part)) text += `["${part.replaceAll('"', '\\"')}"]`;
    else text += text === "" ? part : `.${part}`;
  }
  return text;
}

/** True when `outer` is `inner` or one of its parents; `*` stands for any one part. */
export function containsPath(outer: readonly PathPart[], inner: readonly PathPart[]): boolean {
  return outer.length <= inner.length && outer.every((part, i) => part === "*" || part === inner[i]);
}
