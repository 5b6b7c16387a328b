import { formOf } from "../../protocol/config/form-of.ts";
import { podSelectors } from "../../protocol/labels.ts";
import { printableLines } from "../../release/printable.ts";
import { reachCluster } from "../cluster/cluster-api.ts";
import { openContext } from "../stack/context.ts";
import { paint } from "../terminal/paint.ts";
import { logsMeant, podList } from "../cluster/logged-pods.ts";
import type { GlobalOptions } from "../stack/project.ts";
import { Trouble } from "../cli-error.ts";

export interface LogsOptions extends GlobalOptions {
  readonly tail: number;
}

/** `zd logs [what]`: what the Jobs of the last stage, or the pods of a colour, said. */
export async function logs(what: string | undefined, options: LogsOptions): Promise<void> {
  const { known, project } = await openContext(options);
  const { namespace, app } = known;
  const cluster = await reachCluster(known.cluster, project.folder);
  try {
    const base = `/api/v1/namespaces/${namespace}/pods`;
    const found = podSelectors(app.name, formOf(known)).map(async (selector) => {
      const list = await cluster.get(podList, `${base}?labelSelector=${encodeURIComponent(selector)}`);
      return list?.items ?? [];
    });
    const meant = logsMeant((await Promise.all(found)).flat(), app.name, what);
    if (meant.length === 0) throw noLogs(what, namespace);
    for (const { title, pod, container, state, isThere } of meant) {
      const query = `container=${encodeURIComponent(container)}&tailLines=${options.tail}`;
      const text = isThere ? await cluster.text(`${base}/${pod}/log?${query}`) : null;
      process.stdout.write(
        `${paint("bold", `${title} (${state})`)}\n${indented(printableLines(text ?? ""))}`,
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
