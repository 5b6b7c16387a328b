/**
 * The variables of PostgreSQL's own clients for `postgres://user:password@host:port/database`.
 * @throws {Error} where it is no such URL, without the password in it
 */
export function connectionVariables(text: string | undefined): Record<string, string> {
  const [reference] = /\$\([A-Z_]+\)/.exec(text ?? "") ?? [];
  if (reference) throw new Error(`Cannot log in as DATABASE_URL has ${reference}, which nobody has set`);
  if (text === undefined || !URL.canParse(text))
    throw new Error(`Cannot log in as DATABASE_URL is ${text === undefined ? "not set" : "no URL"}`);
  const url = new URL(text);
  return {
    PGHOST: url.hostname,
    PGPORT: url.port || "5432",
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
  };
}
