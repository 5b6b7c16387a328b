import { nameOf } from "../../../sql/parse-tree.ts";
import { lock, onStatement, type Rule } from "../../rule.ts";
import { name } from "../../sql-text.ts";

export const viewRules: readonly Rule[] = [
  onStatement("ViewStmt", "create-view", ({ view, replace }) =>
    // Only where it replaces one: a new view locks nothing that is there.
    replace ? { locks: lock(nameOf(view), "ACCESS EXCLUSIVE") } : { locks: [] },
  ),
  onStatement("DropStmt", "drop-view", ({ removeType, objects }) => {
    if (removeType !== "OBJECT_VIEW" && removeType !== "OBJECT_MATVIEW") return null;
    const views = (objects ?? []).flatMap((object) => ("List" in object ? [object.List.items ?? []] : []));
    const lasts = views.flatMap((items) => {
      const last = items.at(-1);
      return last !== undefined && "String" in last ? [last.String.sval ?? ""] : [];
    });
    return { locks: lasts.map((table) => ({ table, mode: "ACCESS EXCLUSIVE" }) as const) };
  }),
  onStatement("RefreshMatViewStmt", "refresh-view", ({ relation, concurrent, skipData }, { known }) => {
    const view = nameOf(relation);
    const scans = [view, ...(skipData ? [] : (known.views.get(view) ?? []))];
    if (concurrent) return { locks: lock(view, "EXCLUSIVE"), scans };
    return {
      locks: lock(view, "ACCESS EXCLUSIVE"),
      scans,
      rewrites: [view],
      problem: {
        consequence: skipData ? "breaks-the-running-version" : "blocks-reads-and-writes",
        table: view,
        why: skipData
          ? `every query of ${view} fails until it is filled again`
          : `nobody reads ${view} while its query runs`,
        instead: `-- with a unique index on plain columns of ${view}\nREFRESH MATERIALIZED VIEW CONCURRENTLY ${name(view)};`,
      },
    };
  }),
];
