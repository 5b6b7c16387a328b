import type { ConnectionOptions } from "node:tls";

/**
 * What PGSSLMODE asks for, as PostgreSQL's own clients understand it: `require` encrypts and believes any certificate, as that of a managed
 * database is often signed by an authority of its provider's own; pg would take it for `verify-full`.
 *
 * @returns undefined where nothing is asked for
 */
export function databaseTls(
  mode: string | undefined = process.env["PGSSLMODE"],
): ConnectionOptions | boolean | undefined {
  switch (mode) {
    case undefined:
    case "":
      return undefined;
    case "disable":
      return false;
    case "verify-full":
      return true;
    case "verify-ca":
      return { rejectUnauthorized: true, checkServerIdentity: () => undefined };
    default:
      return { rejectUnauthorized: false };
  }
}
