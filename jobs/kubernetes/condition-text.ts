/** What the cluster gives as the cause of a state, as a part of one of our sentences. */
export function sentence(
  cause: { readonly reason?: string | undefined; readonly message?: string | undefined } = {},
): string {
  const said = [cause.reason, cause.message].filter(Boolean).join(": ") || "no reason given";
  return said.replace(/\.+$/, "");
}
