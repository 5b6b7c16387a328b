import { withGrantOption } from "./privileges.ts";
import { listOf, textOf, type Values } from "./resource.ts";
import { identifier, qualified } from "../sql.ts";

/** The statement that gives the privileges, or undefined when there are none to give. */
export function grantStatement(wanted: Values): string | undefined {
  const privileges = listOf(wanted, "privileges").join(",");
  if (privileges === "") return undefined;
  const role = identifier(textOf(wanted, "role"));
  const columns = listOf(wanted, "columns").map(identifier).join(",");
  const what = textOf(wanted, "objectType") === "column" ? `${privileges} (${columns})` : privileges;
  return `GRANT ${what} ON ${target(wanted)} TO ${role}${withGrantOption(wanted)}`;
}

/**
 * The statement that takes away what might be there: all, but on single objects only what
 * was given.
 */
export function revokeStatement(recorded: Values): string {
  const role = identifier(textOf(recorded, "role"));
  const privileges = listOf(recorded, "privileges").join(",");
  const columns = listOf(recorded, "columns").map(identifier).join(",");
  if (textOf(recorded, "objectType") === "column") {
    if (privileges === "" || columns === "") return "SELECT NULL";
    return `REVOKE ${privileges} (${columns}) ON ${target(recorded)} FROM ${role}`;
  }
  const single = isInSchema(recorded) && listOf(recorded, "objects").length > 0 && privileges !== "";
  return `REVOKE ${single ? privileges : "ALL PRIVILEGES"} ON ${target(recorded)} FROM ${role}`;
}

function isInSchema(values: Values): boolean {
  return ["table", "sequence", "function", "procedure", "routine"].includes(textOf(values, "objectType"));
}

function target(values: Values): string {
  const objectType = textOf(values, "objectType");
  const schema = textOf(values, "schema");
  const objects = listOf(values, "objects");
  const list = objects.map((object) => qualified(schema, object)).join(",");
  switch (objectType) {
    case "database":
      return `DATABASE ${identifier(textOf(values, "database"))}`;
    case "schema":
      return `SCHEMA ${identifier(schema)}`;
    case "foreign_data_wrapper":
      return `FOREIGN DATA WRAPPER ${identifier(objects[0] ?? "")}`;
    case "foreign_server":
      return `FOREIGN SERVER ${identifier(objects[0] ?? "")}`;
    case "column":
      return `TABLE ${list}`;
    default: {
      const type = objectType.toUpperCase();
      return objects.length > 0 ? `${type} ${list}` : `ALL ${type}S IN SCHEMA ${identifier(schema)}`;
    }
  }
}
