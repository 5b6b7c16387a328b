import { z } from "zod";
import { printableLines } from "../../release/printable.ts";
import { reachCluster } from "../cluster/cluster-api.ts";
import { openContext } from "../stack/context.ts";
import { paint } from "../terminal/paint.ts";
import { podsMeant, type LoggedPod } from "../cluster/logged-pods.ts";
import type { GlobalOptions } from "../stack/project.ts";
import { Trouble } from "../cli-error.ts";

export interface LogsOptions extends GlobalOptions {
  readonly tail: number;
}

const pods = z.object({
  items: z.array(
    z.object({
      metadata: z.looseObject({
        name: z.string(),
        creationTimestamp: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
        annotations: z.record(z.string(), z.string()).default({}),
      }),
      status: z.looseObject({ phase: z.string().default("?") }),
    }),
  ),
});

/** `zd logs [what]`: what the Jobs of the last stage, or the pods of a colour, said. */
export async function logs(what: string | undefined, options: LogsOptions): Promise<void> {
  const { known, project } = await openContext(options);
  const { namespace, app } = known;
  const cluster = await reachCluster(known.cluster, project.folder);
  try {
    const selector = encodeURIComponent(`app.kubernetes.io/name=${app.name}`);
    const base = `/api/v1/namespaces/${namespace}/pods`;
    const found = (await cluster.get(pods, `${base}?labelSelector=${selector}`))?.items ?? [];
    const all = found.map(({ metadata, status }): LoggedPod => ({ ...metadata, phase: status.phase }));
    const meant = podsMeant(all, app.name, what);
    if (meant.length === 0) throw noLogs(what, namespace);
    for (const { title, pod, phase } of meant) {
      const text = await cluster.text(`${base}/${pod}/log?tailLines=${options.tail}`);
      process.stdout.write(
        `${paint("bold", `${title} (${phase})`)}\n${indented(printableLines(text ?? ""))}`,
      );
    }
  } finally {
    cluster.close();
  }
}

const noLogs = (what: string | undefined, namespace: string): Trouble =>
  new Trouble(
    "failed",
    `Nothing to show: namespace ${namespace} has no pods ${what === undefined ? "of Jobs" : `called ${what}`}.`,
    "zd logs blue, green or rolling shows the application's own.",
  );

const indented = (text: string): string =>
  text.trim() === "" ? "  (nothing)\n" : `  ${text.trimEnd().replaceAll("\n", "\n  ")}\n`;
