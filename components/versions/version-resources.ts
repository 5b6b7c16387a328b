import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { titleOf, type KubeObject } from "../../manifests/kube-object.ts";
import { sharedIn } from "../../manifests/shared-objects.ts";
import { NOT_AWAITED, objectMetadata } from "../../protocol/kubernetes/object-metadata.ts";
import { recordSecret } from "../../protocol/names.ts";
import { KEY_MARK, recordMark, type ColourRecord } from "../../protocol/state/colour-record.ts";
import { markWritten } from "../../protocol/state/marks.ts";
import { asJson, canonical, COLOURS, isMoving, type Colour } from "../../release/release.ts";
import { meta, type Cluster } from "../cluster.ts";
import { KubeResource } from "../kube-resource.ts";
import type { ConfigSecrets } from "../config/config-secrets.ts";
import type { Past } from "../past.ts";
import { resourceType } from "../../protocol/kubernetes/object-kind.ts";
import type { Versions } from "./prepare-versions.ts";

/**
 * The stack's key, which is random: in the state before anything that is made with it, or an `up`
 * that is killed in between would be repeated with another one. None where nothing needs it.
 */
export function keyMark({ records, key }: Pick<Versions, "records" | "key">, secrets: ConfigSecrets | null) {
  if (Object.keys(records).length === 0 && !secrets) return [];
  return [new pulumi.Stash(KEY_MARK, { input: pulumi.secret<unknown>(markWritten(KEY_MARK, key)) })];
}

/** Arguments of {@link VersionResources}. */
export interface VersionResourcesArgs {
  readonly cluster: Cluster;
  readonly versions: Versions;
  /** What config encrypts of the application; null: nothing. */
  readonly secrets: ConfigSecrets | null;
  /** What there is already. */
  readonly past: Pick<Past, "types">;
}

/**
 * What the versions of a stage need besides their pods, before any of these is made: the records
 * that they are made from, and the objects that are theirs or that they share. Nothing of a simple
 * application.
 */
export class VersionResources extends pulumi.ComponentResource {
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: VersionResourcesArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:VersionResources", name, {}, opts);
    const child = {
      parent: this,
      provider: args.cluster.provider,
      ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
    };
    this.ready = [...records(args, child), ...objects(args, child), ...configSecret(args, child)];
    this.registerOutputs({});
  }
}

function records(
  { cluster, versions: { records: all, key } }: VersionResourcesArgs,
  { provider, ...child }: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  return COLOURS.flatMap((colour) => {
    const record = all[colour];
    if (!record) return [];
    return [
      recordIn(colour, record, child),
      copyOf(cluster, colour, record, key, { ...child, ...(provider ? { provider } : {}) }),
    ];
  });
}

function recordIn(colour: Colour, record: ColourRecord, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  const name = recordMark(colour);
  const plain = markWritten(name, record) as Readonly<Record<string, unknown>>;
  // A Stash keeps its first value for ever beside the newest one: made anew, it keeps no secrets of
  // versions that are gone.
  const anew = { replacementTrigger: record.digest };
  return new pulumi.Stash(
    name,
    { input: { ...plain, objects: pulumi.secret(record.objects) } },
    { ...opts, ...anew },
  );
}

/** For a stack whose state is lost. */
const copyOf = (
  cluster: Cluster,
  colour: Colour,
  record: ColourRecord,
  key: string,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource =>
  new k8s.core.v1.Secret(
    recordMark(colour),
    {
      metadata: meta(cluster, recordSecret(cluster.app, colour, record.digest)),
      immutable: true,
      stringData: pulumi.secret({ record: canonical(asJson(record)), key }),
    },
    opts,
  );

/** Under another name whenever a value changes, so that nobody's pods see it change. */
const configSecret = ({ cluster, secrets }: VersionResourcesArgs, opts: pulumi.CustomResourceOptions) =>
  secrets
    ? [
        new k8s.core.v1.Secret(
          secrets.name,
          {
            metadata: meta(cluster, secrets.name),
            immutable: true,
            stringData: pulumi.secret({ ...secrets.values }),
          },
          opts,
        ),
      ]
    : [];

function objects(
  { cluster, versions: { release, records, of }, past }: VersionResourcesArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const slots = isMoving(release) ? [release.from, release.to] : [release.from];
  const versioned = slots
    .filter(({ colour }) => records[colour] !== undefined)
    .flatMap((slot) => of(slot).versioned);
  const shared = sharedIn(release, {
    from: of(release.from).shared,
    to: isMoving(release) ? of(release.to).shared : [],
  });
  return [
    ...onceEach(versioned).map(
      (object) => new KubeResource(logicalName("version", cluster, object), written(cluster, object), opts),
    ),
    ...shared.map((object) => {
      const name = logicalName("shared", cluster, object);
      return new KubeResource(name, written(cluster, object), {
        ...opts,
        aliases: otherVersions(past.types.get(name) ?? [], object),
        // What users have stored outlives the stack.
        retainOnDelete: object.kind === "PersistentVolumeClaim",
      });
    }),
  ];
}

/** Two versions may have the same ConfigMap, under the same name then. */
const onceEach = (all: readonly KubeObject[]): KubeObject[] => [
  ...new Map(all.map((object) => [titleOf(object), object])).values(),
];

function logicalName(prefix: string, { namespace: own }: Cluster, { kind, metadata }: KubeObject): string {
  const { name, namespace = own } = metadata;
  return `${prefix}-${kind.toLowerCase()}-${namespace === own ? "" : `${namespace}/`}${name}`;
}

/**
 * The engine takes an object whose kind is written in another version of its API for another one,
 * and would delete the one that is there.
 */
const otherVersions = (types: readonly string[], object: KubeObject): pulumi.Alias[] => {
  const inVersion = (type: string) => type.replace(/\/[^/:]+:/, ":");
  const own = resourceType(object);
  return types.filter((type) => type !== own && inVersion(type) === inVersion(own)).map((type) => ({ type }));
};

/** Nothing of these is awaited: what a stage needs of them, its checks prove. */
function written(cluster: Cluster, object: KubeObject): KubeObject {
  const { annotations } = objectMetadata(cluster, object.metadata.name, { annotations: NOT_AWAITED });
  return {
    ...object,
    metadata: {
      ...object.metadata,
      annotations: { ...object.metadata.annotations, ...annotations },
    },
  };
}
