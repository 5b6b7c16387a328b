import { gunzipSync } from "node:zlib";

/** What compressed text begins with, in base64. */
const COMPRESSED = /H4sI[A-Za-z0-9+/]{16,}={0,2}/g;

/** Long enough that no part of it is there by chance. */
const SHORTEST = 12;

/**
 * Where a secret can be read, by the title of the text; in any form that hides nothing: as it is,
 * in base64, quoted for JSON or a URL, and all of these inside compressed text.
 * @throws {Error} where a secret is too short to be told from other text
 */
export function inClear(
  texts: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(texts).flatMap(([title, text]) =>
    Object.entries(secrets)
      .filter(([, secret]) => holds(text, formsOf(secret)))
      .map(([name]) => `${name} in ${title}`),
  );
}

function holds(text: string, forms: readonly string[]): boolean {
  if (forms.some((form) => text.includes(form))) return true;
  return [...text.matchAll(COMPRESSED)].some(([packed]) => {
    const inner = unpacked(packed);
    return inner !== undefined && holds(inner, forms);
  });
}

function unpacked(packed: string): string | undefined {
  try {
    return gunzipSync(Buffer.from(packed, "base64")).toString("utf8");
  } catch {
    // It only looks so.
    return undefined;
  }
}

function formsOf(secret: string): string[] {
  if (secret.length < SHORTEST) throw new Error(`Cannot look for a secret of ${secret.length} characters`);
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), ...inBase64(secret)];
}

/** How base64 reads depends on the bytes before it: the part that does not, for each case. */
function inBase64(secret: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64");
    return whole.slice(before === 0 ? 0 : 4);
  });
}
