import { printable } from "../../../release/printable.ts";

/** SQLSTATE of a server's error; the system's code of a network error. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  // Without DETAIL, which quotes rows and keys.
  return printable(error instanceof Error ? error.message : String(error));
}

/**
 * The lock was not available in time, or a deadlock or a concurrent write ended the attempt: a
 * retry may work.
 */
export function isLockFailure(error: unknown): boolean {
  return ["55P03", "40P01", "40001"].includes(codeOf(error));
}

/**
 * The connection is lost, or the server is shutting down: only catalog and ledger show what became
 * of the last statement.
 */
export function isConnectionLoss(error: unknown): boolean {
  const code = codeOf(error);
  if (/^(08...|57P0[1-5])$/.test(code) || code.startsWith("E")) return true;
  return error instanceof Error && /^Connection terminated|not queryable/.test(error.message);
}
