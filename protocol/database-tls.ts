/** How connections to the database may be encrypted, and what of the server is verified. */
export const SSL_MODES = ["disable", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** What a TLS connection has to prove; the options of Node's `tls.connect` of the same names. */
export interface ServerProof {
  /** Whether an authority that we trust must have signed the server's certificate. */
  readonly rejectUnauthorized: boolean;
  /** Takes the place of looking whether the certificate is for this very host. */
  readonly checkServerIdentity?: () => undefined;
}

/** One entry a mode: one without is an error of types, and never less than was asked for. */
const PROOFS: Readonly<Record<SslMode, ServerProof | boolean>> = {
  disable: false,
  require: { rejectUnauthorized: false },
  "verify-ca": { rejectUnauthorized: true, checkServerIdentity: () => undefined },
  "verify-full": true,
};

/**
 * What an `sslmode` asks of the connection to the database, as PostgreSQL's own clients understand
 * it: `require` encrypts and believes any certificate, as that of a managed database is often
 * signed by an authority of its provider's own; `verify-ca` believes one of an authority that we
 * trust, whatever host it names. pg would take both for `verify-full`.
 *
 * @returns undefined where nothing is asked for, and true for all that TLS can prove
 * @throws {RangeError} for any other mode, as it might ask for more than would be proven
 */
export function databaseTls(mode: string | undefined): ServerProof | boolean | undefined {
  if (mode === undefined || mode === "") return undefined;
  const known = SSL_MODES.find((each) => each === mode);
  if (known === undefined) {
    throw new RangeError(
      `Cannot connect to the database under sslmode "${mode}": it must be one of ${SSL_MODES.join(", ")}`,
    );
  }
  return PROOFS[known];
}
