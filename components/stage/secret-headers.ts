import type { App } from "../../protocol/config/config-schema.ts";
import type { SettingsFor } from "../../protocol/jobs/programs.ts";
import type { EnvironmentVariable } from "../../protocol/database-environment.ts";

type SmokeRequests = SettingsFor<"smoke">["requests"];

/** Smoke requests as a Job is handed them, and the variables of its pod that hold the rest. */
export interface HandedRequests {
  readonly requests: SmokeRequests;
  readonly environment: readonly EnvironmentVariable[];
}

/** Headers whose value is in a Secret come to the Job by a variable, never in its settings. */
export function handedRequests(requests: App["smoke"]): HandedRequests {
  const environment: EnvironmentVariable[] = [];
  const handed = requests.map(({ headers, ...request }, at) => {
    if (headers === undefined) return request;
    const values = Object.entries(headers).map(([header, value], nth) => {
      if (typeof value === "string") return [header, value] as const;
      const variable = `ZERO_DOWNTIME_HEADER_${at}_${nth}`;
      const { secret: name, key } = value;
      environment.push({ name: variable, valueFrom: { secretKeyRef: { name, key } } });
      return [header, { variable }] as const;
    });
    return { ...request, headers: Object.fromEntries(values) };
  });
  return { requests: handed, environment };
}
