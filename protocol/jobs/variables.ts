/** Variables of a Job's container, as the program sets and the Job reads them. */

/** The settings, as JSON. */
export const SETTINGS_VARIABLE = "ZERO_DOWNTIME_SETTINGS";

/** The file for the Job's result, which the kubelet shows as the pod's termination message. */
export const TERMINATION_LOG_VARIABLE = "ZERO_DOWNTIME_TERMINATION_LOG";

/**
 * The password of the login with which the guard watches a version's sessions in the database, or
 * a check looks for the candidate's.
 */
export const PASSWORD_VARIABLES = {
  active: "DATABASE_PASSWORD_ACTIVE",
  candidate: "DATABASE_PASSWORD_CANDIDATE",
} as const;
