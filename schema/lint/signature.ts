import type { CreateFunctionStmt, DropStmt, TypeName } from "libpg-query";
import { listed, typeName } from "../sql/parse-tree.ts";

/** A function's name with the types that tell it from others of that name. */
export function signatureOf({ funcname, parameters }: CreateFunctionStmt): string {
  const inputs = (parameters ?? []).flatMap((node) =>
    "FunctionParameter" in node && !isOutput(node.FunctionParameter.mode)
      ? [node.FunctionParameter.argType]
      : [],
  );
  return signature(listed(funcname), inputs);
}

/**
 * The functions that a DROP names; one named without types is every one of that name in `known`.
 */
export function droppedFunctions({ objects }: DropStmt, known: readonly string[]): readonly string[] {
  return (objects ?? []).flatMap((object) => {
    if (!("ObjectWithArgs" in object)) return [];
    const { objname, objargs, args_unspecified } = object.ObjectWithArgs;
    const path = listed(objname);
    if (args_unspecified) return known.filter((one) => one.startsWith(`${path.join(".")}(`));
    return [
      signature(
        path,
        (objargs ?? []).flatMap((node) => ("TypeName" in node ? [node.TypeName] : [])),
      ),
    ];
  });
}

function signature(path: readonly string[], inputs: readonly (TypeName | undefined)[]): string {
  const types = inputs.map((type) => `${typeName(type)}${(type?.arrayBounds ?? []).length > 0 ? "[]" : ""}`);
  return `${path.join(".")}(${types.join(", ")})`;
}

function isOutput(mode: string | undefined): boolean {
  return mode === "FUNC_PARAM_OUT" || mode === "FUNC_PARAM_TABLE";
}
