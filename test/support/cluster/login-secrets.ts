import type { ClusterApi } from "../../../cli/cluster/cluster-api.ts";
import { PASSWORD } from "../postgres/launch-postgres.ts";

/** A double of the cluster: whatever is asked for is the Secret with the password of a login. */
export const loginSecrets: ClusterApi = {
  get: async (shape) => shape.parse({ data: { password: Buffer.from(PASSWORD).toString("base64") } }),
  text: async () => null,
  apply: async () => undefined,
  close: () => undefined,
};
