import { createInterface } from "node:readline/promises";
import { PHASES } from "../../release/phases.ts";
import type { Place } from "../../release/place.ts";
import { Trouble } from "../cli-error.ts";

/**
 * Asks before a stage that cannot be undone; on no other.
 *
 * @throws {Trouble} where the answer is not yes, or where there is nobody to ask and no --yes
 */
export async function confirmed(place: Place, { yes }: { readonly yes?: boolean }): Promise<void> {
  if (!PHASES[place.phase].drops) return;
  const what = "contract archives and drops what the old version needs: after it there is no way back.";
  await agreed(what, yes === undefined ? {} : { yes }, "zd plan shows what contract does.");
}

/**
 * Asks whether to go on with what cannot be undone.
 *
 * @throws {Trouble} as `confirmed`
 */
export async function agreed(what: string, { yes }: { readonly yes?: boolean }, advice = ""): Promise<void> {
  if (yes === true) return;
  if (!process.stdin.isTTY) {
    throw new Trouble(
      "usage",
      `Cannot go on unasked: ${what} Nothing was changed.`,
      "If that is meant: the same with --yes",
    );
  }
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await ask.question(`${what} Go on? [y/N] `).finally(() => ask.close());
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new Trouble("refused", "Not gone on. Nothing was changed.", advice);
}
