import { number, text } from "../objects/objects.ts";
import type { Properties } from "../../protocol/values.ts";

/** An answer of the API server that says no. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly status: Properties;

  constructor(code: number, status: Properties) {
    super(text(status, "message") || `the server responded with the status code ${code}`);
    this.code = number(status, "code") ?? code;
    this.reason = text(status, "reason");
    this.status = status;
  }
}

/** The API server could not be reached, or did not answer in time. */
export class UnreachableError extends Error {}

/** The API server has no such kind. */
export class NoMatchError extends Error {
  constructor(kind: string, apiVersion: string) {
    super(`no matches for kind "${kind}" in version "${apiVersion}"`);
  }
}

/** True when the object, or what it is in, does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}

/** True when the login may not do it. */
export function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.code === 403;
}

/** True when others own the fields, or the object has changed meanwhile. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason === "Conflict";
}

/** True when there is an object of that name. */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "AlreadyExists";
}

/** True when the object breaks a rule. */
export function isInvalid(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "Invalid";
}

/** True when the namespace does not exist. */
export function isNamespaceNotFound(error: unknown): boolean {
  return (
    isNotFound(error) && error instanceof ApiError && text(error.status, "details", "kind") === "namespaces"
  );
}
