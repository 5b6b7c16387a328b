import { execa } from "execa";
import type { Journey } from "../journey/journey.ts";

/** Percent by colour. */
export interface Shares {
  readonly blue: number;
  readonly green: number;
}

/**
 * Somebody edits the route's weights with kubectl, as one does at night; everybody's rule is the
 * first one, but after one for testers.
 */
export async function patchWeights(journey: Journey, { blue, green }: Shares, rule = 0): Promise<void> {
  const weight = (at: number, value: number) => ({
    op: "replace",
    path: `/spec/rules/${rule}/backendRefs/${at}/weight`,
    value,
  });
  const patch = JSON.stringify([weight(0, blue), weight(1, green)]);
  await journey.kubectl("patch", "httproute", "address-book", "--type=json", "--patch", patch);
}

/** Another controller takes the route's weights for itself, by server-side apply with force. */
export async function applyWeights(journey: Journey, manager: string, shares: Shares): Promise<void> {
  const backend = (colour: keyof Shares) => ({
    group: "",
    kind: "Service",
    name: `address-book-${colour}`,
    port: 80,
    weight: shares[colour],
  });
  const route = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "address-book", namespace: journey.name },
    spec: {
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          backendRefs: [backend("blue"), backend("green")],
        },
      ],
    },
  };
  const args = ["apply", "--server-side", "--force-conflicts", `--field-manager=${manager}`, "--filename=-"];
  await execa("kubectl", ["--kubeconfig", journey.target.kubeconfig, ...args], {
    env: journey.target.variables,
    input: JSON.stringify(route),
  });
}
