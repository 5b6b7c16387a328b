import type { Facts } from "./facts.ts";
import { identifier } from "./sql.ts";

/** What people should know of the application's schema. One sentence each. */
export function schemaNotes(schema: string, { isOpen }: Pick<Facts, "isOpen">): readonly string[] {
  return isOpen
    ? [
        `Everybody who may connect may create functions and operators in schema ${schema}, as PostgreSQL before 15 has it for schema public, and what fits a call or a comparison better than PostgreSQL's own is run by whoever works there, this Job too: REVOKE CREATE ON SCHEMA ${identifier(schema).text} FROM PUBLIC, and GRANT it to those who need it`,
      ]
    : [];
}
