/** What a TLS connection has to prove; the options of Node's `tls.connect` of the same names. */
export interface ServerProof {
  /** Whether an authority that we trust must have signed the server's certificate. */
  readonly rejectUnauthorized: boolean;
  /** Takes the place of looking whether the certificate is for this very host. */
  readonly checkServerIdentity?: () => undefined;
}

/**
 * What an `sslmode` asks of the connection to the database, as PostgreSQL's own clients understand
 * it: `require` encrypts and believes any certificate, as that of a managed database is often
 * signed by an authority of its provider's own; `verify-ca` believes one of an authority that we
 * trust, whatever host it names. pg would take both for `verify-full`.
 *
 * @returns undefined where nothing is asked for, and true for all that TLS can prove
 */
export function databaseTls(mode: string | undefined): ServerProof | boolean | undefined {
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
