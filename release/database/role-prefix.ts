/**
 * What the names of an application's database roles begin with, where config sets no
 * `database.prefix`.
 */
export const defaultRolePrefix = (app: string): string => app.replaceAll("-", "_");
