import { isKind } from "../built-in-kinds.ts";
import { titleOf, valueAt, type ManifestObject } from "../kube-object.ts";
import { matchesLabels } from "./label-selector.ts";
import { podLabelsOf } from "./pod-templates.ts";
import { sorted, told, type Sorted } from "./told.ts";

/** The PodDisruptionBudgets that select web pods. */
export function budgetsOf(
  objects: readonly ManifestObject[],
  web: ManifestObject,
): Sorted<readonly ManifestObject[]> {
  const labels = podLabelsOf(web.object);
  const budgets = objects.filter(
    ({ object }) =>
      isKind(object, "PodDisruptionBudget") && matchesLabels(valueAt(object, ["spec", "selector"]), labels),
  );
  const [first, second] = budgets;
  const refusals =
    first && second
      ? [
          told(
            second,
            ["spec", "selector"],
            `selects the pods of ${titleOf(web.object)}, as ${titleOf(first.object)} does; Kubernetes evicts no pod that has two budgets`,
            "Keep one of them",
          ),
        ]
      : [];
  const others = objects.filter((one) => one !== web && podLabelsOf(one.object) !== undefined);
  const notes = budgets.flatMap((budget) =>
    others
      .filter(({ object }) =>
        matchesLabels(valueAt(budget.object, ["spec", "selector"]), podLabelsOf(object)),
      )
      .map((one) =>
        told(
          budget,
          ["spec", "selector"],
          `selects pods of ${titleOf(one.object)} as well; from the first release on it is for those of a colour alone`,
          `Give ${titleOf(one.object)} a budget of its own`,
        ),
      ),
  );
  return sorted(budgets, { refusals, notes });
}
