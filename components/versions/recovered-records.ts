import { z } from "zod";
import { kubernetesApi } from "../../protocol/kubernetes/api-client.ts";
import type { Config } from "../../protocol/config/config-schema.ts";
import { colourRecord, isRecordOf, type ColourRecord } from "../../protocol/state/colour-record.ts";
import { recordSecrets } from "../../protocol/names.ts";
import { COLOURS, slotOf, type Colour, type Release } from "../../release/release.ts";
import type { Past, Records } from "../past.ts";
import { connectApi } from "../connect-api.ts";

const LONGEST_READ_MILLISECONDS = 10_000;

const secrets = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), creationTimestamp: z.string() }),
      data: z.record(z.string(), z.string()).default({}),
    }),
  ),
});

/** A copy of a record in the cluster. */
const copy = z.object({ record: colourRecord, key: z.string().min(1) });

/**
 * The past of a stack whose state was lost, with the records that the cluster has copies of: of
 * each colour the newest of what config says that it runs.
 *
 * @throws {Error} where the cluster cannot be asked, or a copy is not in the form of any version
 */
export async function withRecovered(
  past: Past,
  release: Release,
  config: Pick<Config, "cluster" | "namespace" | "app">,
): Promise<Past> {
  const found: Copy[] = await readCopies(config);
  const records: Partial<Record<Colour, ColourRecord>> = {};
  let { key } = past;
  for (const colour of COLOURS) {
    const slot = slotOf(release, colour);
    const own = slot && found.find((one) => one.colour === colour && isRecordOf(one.record, slot));
    if (!own) continue;
    records[colour] = own.record;
    ({ key } = own);
  }
  return { ...past, key, records: records as Records };
}

type Copy = z.infer<typeof copy> & { readonly colour: Colour };

/** The newest first. */
async function readCopies({
  cluster,
  namespace,
  app,
}: Pick<Config, "cluster" | "namespace" | "app">): Promise<Copy[]> {
  const { send, end } = await connectApi(cluster, LONGEST_READ_MILLISECONDS);
  const api = kubernetesApi<void>({
    send,
    refusal: (status, said) =>
      new Error(
        `Cannot read the records of ${app.name} in ${namespace} as the API server answered ${status}: ${said}`,
      ),
  });
  try {
    const list = await api.get(secrets, `/api/v1/namespaces/${namespace}/secrets`);
    return (list?.items ?? [])
      .sort((one, two) => two.metadata.creationTimestamp.localeCompare(one.metadata.creationTimestamp))
      .flatMap(({ metadata: { name }, data }) => {
        const colour = COLOURS.find((each) => name.startsWith(recordSecrets(app.name, each)));
        return colour ? [{ ...copy.parse(decoded(data)), colour }] : [];
      });
  } finally {
    end();
  }
}

function decoded({ record = "", key = "" }: Readonly<Record<string, string>>) {
  const text = (value: string) => Buffer.from(value, "base64").toString("utf8");
  return { record: JSON.parse(text(record)) as unknown, key: text(key) };
}
