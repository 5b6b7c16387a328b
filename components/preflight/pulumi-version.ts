import * as pulumi from "@pulumi/pulumi";
import { LEAST_VERSIONS } from "../../protocol/least-versions.ts";

/**
 * Refuses a Pulumi CLI that is too old: it would pass over what it does not know, and a stage that
 * is not guarded by it is none.
 *
 * @param require the SDK's question to the engine
 * @throws {pulumi.RunError} before anything else is done
 */
export async function refuseOlderPulumi(
  require: (range: string) => Promise<void> = pulumi.requirePulumiVersion,
): Promise<void> {
  const { title, version, why } = LEAST_VERSIONS.pulumi;
  try {
    await require(`>=${version}`);
  } catch (error) {
    const { details, message } = error as Error & { readonly details?: string };
    throw new pulumi.RunError(
      `Cannot work with this CLI as ${title} must be at least ${version}, as ${why}: ${details ?? message}. ` +
        `Upgrade it (https://www.pulumi.com/docs/install/).\nNothing was changed.`,
    );
  }
}
