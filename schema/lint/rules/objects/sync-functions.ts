import type { CreateFunctionStmt } from "libpg-query";
import { functionBody } from "../../../expressions/function-body.ts";
import { listed, nodesUnder } from "../../../sql/parse-tree.ts";
import type { ParsedStatement } from "../../../sql/parse-statements.ts";
import { onStatement, type Outcome, type Rule } from "../../rule.ts";
import { whole } from "../../sql-text.ts";

/*
 * Every write of the table runs these functions, and so do the Job's walks, with the owner's
 * rights. So they may do nothing but make values of their arguments.
 */
export const syncFunctionRules: readonly Rule[] = [
  onStatement("CreateFunctionStmt", "sync-function", (created, { part, statement }) => {
    if (part !== "sync") return null;
    const why = objectionTo(created, statement);
    const name = listed(created.funcname).at(-1) ?? "";
    return why === null ? null : refused(`${name}: ${why}`, instead(created, statement));
  }),
];

function objectionTo(created: CreateFunctionStmt, statement: ParsedStatement): string | null {
  const options = optionsOf(created);
  if (created.is_procedure) return "a procedure cannot make a value: write a function";
  const language = textIn(options.get("language")) ?? "sql";
  if (!["sql", "plpgsql"].includes(language))
    return `a function in ${language} can do anything unseen: write it in sql or plpgsql`;
  const volatility = textIn(options.get("volatility")) ?? "volatile";
  if (volatility !== "immutable")
    return `it is ${volatility.toUpperCase()}, and a value that differs from call to call makes the two forms differ: it must be IMMUTABLE`;
  if (JSON.stringify(options.get("security") ?? {}).includes("true"))
    return "SECURITY DEFINER would run it with the owner's rights for everyone who writes the table: leave it out";
  if (options.has("set"))
    return "the runner decides where names are looked up, and no other setting may change what it makes: leave SET out";
  const body = functionBody(created, statement, language);
  if ("unreadable" in body) return `its body cannot be read: ${body.unreadable}`;
  if (body.dynamic) return "EXECUTE runs what cannot be seen before: write the expression itself";
  const [table] = body.tables;
  if (table !== undefined)
    return `it uses table ${table}, whose rows may change without this table's being written: it may use its arguments only`;
  return body.writes ? "it writes rows: it may do nothing but make a value of its arguments" : null;
}

function optionsOf(created: CreateFunctionStmt): ReadonlyMap<string, unknown> {
  const elements = nodesUnder("DefElem", created.options ?? []);
  return new Map(elements.map((element) => [String(element["defname"]), element["arg"]]));
}

function textIn(argument: unknown): string | null {
  const [text] = nodesUnder("String", argument);
  return text === undefined ? null : String(text["sval"]).toLowerCase();
}

/** Only the volatility is mended by a word. */
function instead(created: CreateFunctionStmt, statement: ParsedStatement): string | null {
  const volatility = textIn(optionsOf(created).get("volatility"));
  return volatility === null ? null : whole(statement).replace(/\b(STABLE|VOLATILE)\b/i, "IMMUTABLE");
}

function refused(why: string, instead: string | null): Outcome {
  return { problem: { consequence: "breaks-the-running-version", table: null, why, instead } };
}
