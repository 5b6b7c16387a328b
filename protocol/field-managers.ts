/**
 * How each writer signs the fields that it owns in the cluster: the API server keeps these in
 * `managedFields`.
 */

/**
 * The program's, on every field that it owns, so that a killed `up` can be repeated without
 * conflicts.
 */
export const PROGRAM_MANAGER = "zero-downtime";

/** The guard's, on the traffic that it takes back and on its verdict. */
export const GUARD_MANAGER = "zero-downtime-guard";

/** That of `zd rollback`, for the traffic that it moves before any `up`. */
export const ZD_MANAGER = "zd";
