// What Kubernetes' Pod Security Standard "restricted" asks for, and a read-only root file system.

/** Pods of the application's image: any user that it names, except root. */
export const RESTRICTED_POD = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };

/** Pods of the jobs image. */
export const RESTRICTED_JOBS_POD = { ...RESTRICTED_POD, runAsUser: 65532, runAsGroup: 65532 };

export const RESTRICTED_CONTAINER = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
