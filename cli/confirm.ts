import { createInterface } from "node:readline/promises";
import type { Place } from "../release/place.ts";
import { Trouble } from "./trouble.ts";

/**
 * Asks before the one stage that cannot be undone; on no other.
 *
 * @throws {Trouble} where the answer is not yes, or where there is nobody to ask and no --yes
 */
export async function confirmed(place: Place, { yes }: { readonly yes?: boolean }): Promise<void> {
  if (place.phase !== "contract" || yes === true) return;
  const what = "contract archives and drops what the old version needs: after it there is no way back.";
  if (!process.stdin.isTTY) {
    throw new Trouble(
      "usage",
      `Cannot enter contract unasked: ${what} Nothing was changed.`,
      "If that is meant: the same with --yes",
    );
  }
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await ask.question(`${what} Go on? [y/N] `).finally(() => ask.close());
  if (!/^y(es)?$/i.test(answer.trim())) {
    throw new Trouble("refused", "Not gone on. Nothing was changed.", "zd plan shows what contract does.");
  }
}
