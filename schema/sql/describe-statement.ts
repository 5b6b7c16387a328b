import type { Action } from "./alter-table-action.ts";
import type { ParsedStatement } from "./parse-statements.ts";

/** What a migration's statement does, in a few words for people. */
export function describeStatement(statement: ParsedStatement): string {
  const { effect } = statement;
  switch (effect.kind) {
    case "create-table":
      return `Create table ${effect.table.name}`;
    case "alter-table":
      return `Alter ${effect.table.name}: ${effect.actions.map(describeAction).join(", ")}`;
    case "create-index":
      return `Build index ${effect.index ?? ""} on ${effect.table.name}${effect.concurrently ? " while it is in use" : ""}`;
    case "create-function":
      return `Create function ${effect.name}`;
    case "drop":
      return `Drop ${effect.type.replace(/^OBJECT_/, "").toLowerCase()} ${effect.names.join(", ")}`;
    case "insert":
      return `Fill ${effect.table.name}`;
    case "comment":
      return "Comment";
    case "other":
      return `Run ${statement.file}:${statement.line}`;
  }
}

function describeAction(action: Action): string {
  switch (action.kind) {
    case "add-column":
      return `add column ${action.column}`;
    case "add-constraint":
      return `add constraint ${action.constraint ?? ""}`;
    case "validate-constraint":
      return `validate constraint ${action.constraint}`;
    case "drop-column":
      return `drop column ${action.column}`;
    case "drop-constraint":
      return `drop constraint ${action.constraint}`;
    case "other":
      return `${action.name
        .replace(/^AT_/, "")
        .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
        .toLowerCase()}${action.column === null ? "" : ` ${action.column}`}`;
  }
}
