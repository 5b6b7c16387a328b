import { listed } from "../../../sql/parse-tree.ts";
import type { KnownSchema } from "../../known-schema.ts";
import { onStatement, originOf, type Place, type Problem, type Rule } from "../../rule.ts";
import { signatureOf } from "../../signature.ts";
import { whole } from "../../sql-text.ts";

export const functionRules: readonly Rule[] = [
  onStatement("CreateFunctionStmt", "replace-function", (created, place) => {
    const { known, migration, part, statement } = place;
    if (part !== "expand" || !created.replace) return null;
    const name = listed(created.funcname).at(-1) ?? "";
    const instead = `-- contract.sql\n${whole(statement)}`;
    const trigger = liveTrigger(known, name, place);
    if (trigger !== null && (created.parameters ?? []).length === 0) {
      const why = `${name} is what ${trigger.name} of ${trigger.table} runs, so the old version's writes do something else from now on`;
      return { problem: { consequence: "breaks-the-running-version", table: trigger.table, why, instead } };
    }
    const origin = known.functions.get(signatureOf(created));
    if (origin === undefined || origin.migration === migration.id) return null;
    const problem: Problem = {
      consequence: "may-surprise",
      table: null,
      why: `${name} is there since ${origin.migration}, and the old version gets the new body too: a function of another name is the new version's alone`,
      instead,
    };
    return { problem };
  }),
];

/** A trigger that runs a function for tables that are in use. */
function liveTrigger(
  known: KnownSchema,
  called: string,
  place: Place,
): { readonly name: string; readonly table: string } | null {
  const found = [...known.triggers].find(
    ([, trigger]) => trigger.function === called && !known.isFresh(trigger.table, originOf(place)),
  );
  if (found === undefined) return null;
  const [path, { table }] = found;
  return { name: path.slice(table.length + 1), table };
}
