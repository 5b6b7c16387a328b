/**
 * The field manager of each writer in the cluster, as the API server records it in `managedFields`.
 */

/**
 * The program's, for every field that it owns, so that a killed `up` can be repeated without
 * conflicts.
 */
export const PROGRAM_MANAGER = "zero-downtime";

/** The guard's, for the traffic that it takes back and for its verdict. */
export const GUARD_MANAGER = "zero-downtime-guard";

/** That of `zd rollback`, for the traffic that it moves before any `up`. */
export const ZD_MANAGER = "zd";

/** All of them: what one of these has written is no stranger's. */
export const OWN_MANAGERS: readonly string[] = [PROGRAM_MANAGER, GUARD_MANAGER, ZD_MANAGER];
