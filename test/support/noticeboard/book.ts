import { main } from "../../../example/server/main.ts";
import { version1 } from "../../../example/v1/edition.ts";
import { version2 } from "../../../example/v2/edition.ts";
import { connectionVariables } from "./database-url.ts";

/** The address book for an environment with DATABASE_URL alone, as many frameworks read it. */
export async function serveBook(): Promise<void> {
  Object.assign(process.env, connectionVariables(process.env["DATABASE_URL"]));
  const { VERSION: version = "" } = process.env;
  await (version.startsWith("1.") ? main(version1) : main(version2));
}
