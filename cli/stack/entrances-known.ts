import { withEntrancesOf, type Entrances } from "../../protocol/traffic/entrance.ts";
import { simpleEntrances } from "../../protocol/traffic/simple-entrances.ts";
import { other, type Colour } from "../../release/release.ts";
import type { Known } from "./stack-config.ts";
import type { StoredRecords } from "./stack-state.ts";

/**
 * The ways in while a colour serves: as its record has them, or config where it has none, and those
 * besides that only the other colour has.
 */
export function entrancesKnown(
  { app, traffic }: Pick<Known, "app" | "traffic">,
  records: StoredRecords,
  serving: Colour,
): Entrances {
  // Nothing but rules and selectors is read or written here, and these go by the mode alone.
  const simple = simpleEntrances({ app, traffic: { mode: traffic.mode } });
  const own = (colour: Colour) => records[colour]?.entrances as Entrances | undefined;
  const beside = own(other(serving));
  const first = own(serving) ?? simple;
  return beside ? withEntrancesOf(first, beside) : first;
}
