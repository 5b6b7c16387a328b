import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { titleOf, type KubeObject } from "../../manifests/kube-object.ts";
import { recordSecret } from "../../protocol/names.ts";
import { KEY_MARK, recordMark, type ColourRecord } from "../../protocol/state/colour-record.ts";
import { markWritten } from "../../protocol/state/marks.ts";
import { COLOURS, type Colour } from "../../release/release.ts";
import { meta, type Cluster } from "../cluster.ts";
import { KubeResource } from "../kube-resource.ts";
import type { Records } from "../past.ts";

/** Arguments of {@link RecordMarks}. */
export interface RecordMarksArgs {
  readonly cluster: Cluster;
  readonly records: Records;
  /** Null where no colour has a record. */
  readonly key: string | null;
}

/**
 * What each colour was prepared from, in the state and as a copy in the cluster, so that a stack
 * whose state is lost can still make its colours.
 */
export class RecordMarks extends pulumi.ComponentResource {
  readonly made: readonly pulumi.Resource[];

  constructor(name: string, args: RecordMarksArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:RecordMarks", name, {}, opts);
    const after = opts.dependsOn ? { dependsOn: opts.dependsOn } : {};
    this.made = args.key === null ? [] : marks(this, args, args.key, after);
    this.registerOutputs({});
  }
}

function marks(
  parent: RecordMarks,
  { cluster, records }: RecordMarksArgs,
  key: string,
  after: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const made: pulumi.Resource[] = [
    new pulumi.Stash(
      KEY_MARK,
      { input: pulumi.secret<unknown>(markWritten(KEY_MARK, key)) },
      { parent, ...after },
    ),
  ];
  for (const colour of COLOURS) {
    const record = records[colour];
    if (record) made.push(...copies(parent, cluster, colour, record, key, after));
  }
  return made;
}

function copies(
  parent: RecordMarks,
  cluster: Cluster,
  colour: Colour,
  record: ColourRecord,
  key: string,
  after: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const name = recordMark(colour);
  const mark = new pulumi.Stash(
    name,
    { input: { ...asMark(name, record), objects: pulumi.secret(record.objects) } },
    // A Stash keeps its first value for ever beside the newest one: this one would keep secrets of
    // versions that are gone.
    { parent, ...after, replacementTrigger: record.digest },
  );
  const copy = new k8s.core.v1.Secret(
    name,
    {
      metadata: meta(cluster, recordSecret(cluster.app, colour, record.digest)),
      immutable: true,
      stringData: pulumi.secret({ record: JSON.stringify(record), key }),
    },
    { parent, ...after, provider: cluster.provider },
  );
  return [mark, copy];
}

const asMark = (name: ReturnType<typeof recordMark>, record: ColourRecord) =>
  markWritten(name, record) as Readonly<Record<string, unknown>>;

/** Arguments of {@link VersionResources}. */
export interface VersionResourcesArgs {
  readonly cluster: Cluster;
  /** ConfigMaps and Secrets of every version that a colour has. */
  readonly versioned: readonly KubeObject[];
  /** Objects that all versions share, as they are in this stage. */
  readonly shared: readonly KubeObject[];
}

/** What pods need besides themselves: before any of them is made. */
export class VersionResources extends pulumi.ComponentResource {
  readonly made: readonly pulumi.Resource[];

  constructor(name: string, args: VersionResourcesArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:VersionResources", name, {}, opts);
    const { cluster, versioned, shared } = args;
    const after = opts.dependsOn ? { dependsOn: opts.dependsOn } : {};
    const child = { parent: this, provider: cluster.provider, ...after };
    this.made = [
      ...versioned.map(
        (object) => new KubeResource(logicalName("version", object), written(cluster, object), child),
      ),
      ...shared.map(
        (object) =>
          new KubeResource(logicalName("shared", object), written(cluster, object), {
            ...child,
            // What users have stored outlives the stack.
            retainOnDelete: object.kind === "PersistentVolumeClaim",
          }),
      ),
    ];
    this.registerOutputs({});
  }
}

const logicalName = (prefix: string, object: KubeObject): string =>
  `${prefix}-${titleOf(object).replace("/", "-").toLowerCase()}`;

/** Nothing of these is awaited: what a stage needs of them, its checks prove. */
function written({ namespace, app, provider: _ }: Cluster, object: KubeObject): KubeObject {
  const ours = meta({ namespace, app } as Cluster, object.metadata.name).annotations;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      namespace,
      annotations: { ...object.metadata.annotations, ...(ours as object), "pulumi.com/skipAwait": "true" },
    },
  };
}
