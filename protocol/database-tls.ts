/** How connections to the database may be encrypted, and what is verified about the server. */
export const SSL_MODES = ["disable", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** What a TLS connection has to prove; the options of Node's `tls.connect` of the same names. */
export interface ServerProof {
  /** Whether an authority that we trust must have signed the server's certificate. */
  readonly rejectUnauthorized: boolean;
  /** Replaces the check that the certificate is for this host. */
  readonly checkServerIdentity?: () => undefined;
}

/**
 * One entry for each mode: a missing one is a type error, and never less proof than was asked for.
 */
const PROOFS: Readonly<Record<SslMode, ServerProof | boolean>> = {
  disable: false,
  require: { rejectUnauthorized: false },
  "verify-ca": { rejectUnauthorized: true, checkServerIdentity: () => undefined },
  "verify-full": true,
};

/**
 * What an `sslmode` means for the connection to the database, as in PostgreSQL's own clients:
 * `require` encrypts and accepts any certificate, as a managed database often has one from its
 * provider's own authority; `verify-ca` accepts one from a trusted authority, whatever host it
 * names. pg would treat both as `verify-full`.
 *
 * @returns undefined where no mode is set, false for no TLS, true for all that TLS can prove
 * @throws {RangeError} for any other mode, which might require more than would be proven
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
