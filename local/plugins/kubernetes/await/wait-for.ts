// The annotation pulumi.com/waitFor: what a program itself wants to wait for.
import { generationOf, maps, nameOf, number, text } from "../objects/objects.ts";
import type { ObjectEvent } from "../cluster/informers.ts";
import { isProperties, type Properties } from "../../protocol/values.ts";
import {
  type Awaiter,
  type AwaitContext,
  type Collection,
  type MakeAwaiter,
  type Verdict,
  WAITING,
} from "./awaiter.ts";
import { parseQuery, type Query } from "./json-path.ts";

/** Whether a condition holds, and what to show while it does not. */
export interface Outcome {
  readonly holds: boolean;
  readonly message: string;
}

/** Looks at an object. */
export type Condition = (object: Properties) => Outcome;

/** Parses the annotation: one condition, or a JSON list of them. Throws when one is malformed. */
export function parseWaitFor(value: string): Condition[] {
  const expressions = listOf(value);
  if (expressions.length === 0) throw new Error("at least one condition must be specified");
  return expressions.map((expression) => {
    if (expression.startsWith("jsonpath=")) return jsonPathCondition(expression.slice("jsonpath=".length));
    if (expression.startsWith("condition=")) return statusCondition(expression.slice("condition=".length));
    throw new Error(`expected a "jsonpath=" or "condition=" prefix, got "${expression}"`);
  });
}

function listOf(value: string): string[] {
  try {
    const parsed: unknown = JSON.parse(value);
    const isList = Array.isArray(parsed) && parsed.every((entry) => typeof entry === "string");
    return isList ? parsed : [value];
  } catch (error) {
    if (error instanceof SyntaxError) return [value];
    throw error;
  }
}

/** `Type` or `Type=Status`, looked for in .status.conditions only. */
export function statusCondition(expression: string): Condition {
  const [type = "", wanted = "True"] = expression.split("=", 2);
  return (object) => {
    const conditions = maps(object, "status", "conditions");
    const found = conditions.find((entry) => text(entry, "type").toLowerCase() === type.toLowerCase());
    if (found === undefined) {
      return {
        holds: false,
        message: conditions.length === 0 ? "Has no .status.conditions" : `Waiting for ${expression}`,
      };
    }
    const observed = number(found, "observedGeneration") ?? number(object, "status", "observedGeneration");
    const generation = generationOf(object);
    if (observed !== undefined && observed < generation) {
      return { holds: false, message: `Generation ${observed} is less than expected ${generation}` };
    }
    const status = text(found, "status");
    const holds = status.toLowerCase() === wanted.toLowerCase();
    return { holds, message: `Resource has condition ${type}=${status} (want ${wanted})` };
  };
}

/** `{.path}` or `{.path}=value`; a single `=` parts the two. */
export function jsonPathCondition(expression: string): Condition {
  const parts = expression.split(/(?<!=)=(?!=)/);
  const [path = "", wanted] = parts;
  if (parts.length > 2) throw new Error(`format should be {.path}=value or {.path}, got "${expression}"`);
  if (wanted === "") throw new Error(`${path}= requires a value`);
  if (path.startsWith("'") && path.endsWith("'")) throw new Error(`${path} should omit shell quotes`);
  const inner = /^\{\s*(.*?)\s*\}$/.exec(path)?.[1];
  if (inner === undefined) throw new Error(`${path} should be wrapped in brackets { ... }`);
  const query = parsed(inner.startsWith("$") ? inner : `$${inner}`, path);
  const shown = wanted === undefined ? path : `${path}=${wanted}`;
  return (object) => {
    const observed = number(object, "status", "observedGeneration");
    if (observed !== undefined && observed < generationOf(object)) {
      return { holds: false, message: `Waiting for ${shown}` };
    }
    const [value] = query(object);
    if (value === undefined) return { holds: false, message: `${path} selected nothing` };
    if (Array.isArray(value) || isProperties(value)) {
      if (wanted === undefined) return { holds: true, message: `Found ${shown}` };
      throw new Error(`"${path}" has a non-primitive value (${JSON.stringify(value)})`);
    }
    const found = value === null ? "<nil>" : String(value);
    const holds = wanted === undefined || wanted === found;
    return { holds, message: holds ? `Found ${shown}` : `Waiting for ${shown} (found "${found}")` };
  };
}

function parsed(expression: string, shown: string): Query {
  try {
    return parseQuery(expression);
  } catch (error) {
    throw new Error(`parsing "${shown}": ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Waits until all conditions hold at once. */
export function awaitConditions(conditions: readonly Condition[]): MakeAwaiter {
  return (context: AwaitContext): Awaiter => {
    let object = context.object;
    return {
      collections: ["self"],
      see(_collection: Collection, event: ObjectEvent) {
        const stale = generationOf(event.object) < generationOf(object);
        if (nameOf(event.object) === nameOf(object) && event.type !== "DELETED" && !stale)
          object = event.object;
      },
      verdict(): Verdict {
        for (const condition of conditions) {
          const { holds, message } = condition(object);
          context.log("info", message);
          if (!holds) return WAITING;
        }
        return { state: "ready", object };
      },
      problems: () => [],
      current: () => object,
    };
  };
}
