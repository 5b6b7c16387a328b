// The pasts that the tests of the command line speak about.
import type { Past } from "../../cli/stack/stack-state.ts";
import { moves } from "../../release/moves/moves.ts";
import { plan } from "../../release/plan.ts";
import type { Release } from "../../release/release.ts";
import { releaseAt } from "../../release/release-at.ts";

/** After an `up` that went through. */
export function after(release: Release): Past {
  const { tested } = plan(release, null);
  return {
    completed: { release, tested, origin: null, attempt: "done", number: 1 },
    entered: { release, attempt: "done" },
    dropping: { isDropping: release.phase === "contract", to: release.to?.colour ?? release.from.colour },
    records: {},
    pending: [],
  };
}

/** After an `up` to `entered` that did not finish. */
export const stuck = (completed: Release, entered: Release): Past => ({
  ...after(completed),
  entered: { release: entered, attempt: "stuck" },
});

/** Every past that one `up`, finished or not, can leave from a release. */
export function pastsFrom(release: Release): Past[] {
  const { next, back } = moves(release, release.phase === "contract");
  return [after(release), ...[...next, ...back].map((place) => stuck(release, releaseAt(release, place)))];
}
