import type { DefinitionFacts } from "../sync/definitions.ts";
import type { Facts, Ledger } from "../state/catalog.ts";
import type { Migration } from "../migration/migration.ts";
import type { Protection } from "./protection.ts";

/** What the objections are made of. */
export interface Asked {
  readonly migration: Migration;
  /** The application's schema. */
  readonly schema: string;
  /** The group of the application's logins, and these: they run what users send. */
  readonly application: readonly string[];
  /** Both versions may have one login, so that values alone tell who wrote a row. */
  readonly sharesLogin: boolean;
  readonly facts: Facts;
  readonly ledger: Ledger;
  /** Other migrations that are expanded and not contracted. */
  readonly others: readonly Migration[];
  /** What the ledger recorded when it was made. */
  readonly definitions: readonly DefinitionFacts[];
  /** Null while everything is installed on an empty database, which no version uses. */
  readonly protection: Protection | null;
}

/** The same where there is anybody to be protected. */
export interface ProtectionAsked extends Asked {
  readonly protection: Protection;
}
