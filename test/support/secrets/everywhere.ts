import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Journey } from "../journey/journey.ts";

/** Jobs whose logs are read at the same time. */
const MANY = "--max-log-requests=100";

/**
 * All that somebody can read of a release without being allowed to read Secrets, by where it
 * stands.
 */
export async function everywhereToRead(journey: Journey): Promise<Record<string, string>> {
  const { stack } = journey.book;
  const kinds = (await journey.kubectl("api-resources", "--namespaced", "--verbs=list", "--output=name"))
    .split("\n")
    .filter((kind) => kind !== "" && kind !== "secrets");
  const report = join(dirname(stack.configFile), "report.html");
  await journey.zd("report", "--output", report);
  const [exported, outputs, preview] = [
    await stack.run(["stack", "export"]),
    await stack.run(["stack", "output", "--json"]),
    await stack.preview("--diff"),
  ];
  return {
    "what every up has said": journey.said,
    "pulumi stack export": exported.text,
    "pulumi stack output": outputs.text,
    "pulumi preview --diff": preview.text,
    "kubectl get --output=yaml": await journey.kubectl("get", kinds.join(), "--output=yaml"),
    "logs of the Jobs": await logsOf(journey, "zero-downtime/job"),
    "logs of the pods": await logsOf(journey, "zero-downtime/workload"),
    "zd report": await readFile(report, "utf8"),
    "zd status": (await journey.zd("status", "--json")).text,
    "zd history": (await journey.zd("history")).text,
    "the config file": await stack.readConfig(),
  };
}

/** What only those may read who may read Secrets. */
export const secretsOf = (journey: Journey): Promise<string> =>
  journey.kubectl("get", "secrets", "--output=yaml");

const logsOf = (journey: Journey, label: string): Promise<string> =>
  journey.kubectl("logs", `--selector=${label}`, "--all-containers", "--tail=-1", "--ignore-errors", MANY);
