import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareVersions, type Versions } from "../../../components/versions/prepare-versions.ts";
import type { Past } from "../../../components/past.ts";
import { configSchema, type Config } from "../../../protocol/config/config-schema.ts";
import { recordMark } from "../../../protocol/state/colour-record.ts";
import { markWritten, type Completed } from "../../../protocol/state/marks.ts";
import { releaseAt } from "../../../release/release-at.ts";
import {
  asJson,
  COLOURS,
  type Release,
  type ReleaseSettings,
  type StableRelease,
} from "../../../release/release.ts";
import { asYaml, furtherObjects, usedByPods } from "../objects/further-objects.ts";

/** What manifests of so many objects cost; seconds are the quickest of many. */
export interface ObjectsCost {
  readonly objects: number;
  /** An `up` that prepares a version: reads, sorts, checks, renders, digests and packs. */
  readonly prepare: number;
  /** One that prepares none: unpacks what serves, and compares the files with it. */
  readonly compare: number;
  /** Bytes of both colours' records in the state. */
  readonly recordBytes: number;
  /** Resources that the engine is asked for because of them. */
  readonly resources: number;
}

/** No database, so no password is unsafe. */
const prepared = (config: Config, release: Release, past: Past): Promise<Versions> =>
  prepareVersions({ config, asked: release, unsafePassword: () => null, passwordsOf: [] }, past);

const EMPTY: Past = {
  completed: null,
  entered: null,
  dropping: null,
  records: {},
  objects: new Set(),
  types: new Map(),
  key: "key",
};

export async function objectsCost(objects: number, rounds: number): Promise<ObjectsCost> {
  const folder = mkdtempSync(join(tmpdir(), "zero-downtime-growth-"));
  try {
    writeFileSync(join(folder, "all.yaml"), generateObjects(objects));
    const config = configSchema.parse({
      active: "blue",
      phase: "stable",
      strategy: "blue-green",
      namespace: "shop",
      app: { name: "shop" },
      traffic: { mode: "service" },
      manifests: folder,
      jobs: { repository: "registry/jobs" },
    });
    const slot = (colour: "blue" | "green", version: string) => ({
      colour,
      version,
      image: `registry.example.com/shop@sha256:${version.slice(0, 1).repeat(64)}`,
      schema: null,
    });
    const stable: StableRelease = {
      phase: "stable",
      strategy: "blue-green",
      rungs: [],
      migrations: [],
      settings: asJson({ app: config.app, traffic: config.traffic }) as ReleaseSettings,
      from: slot("blue", "1.0.0"),
      to: slot("green", "2.0.0"),
    };
    const deploy = releaseAt(stable, { phase: "deploy", active: "blue" });
    const first = accepted(await prepared(config, stable, EMPTY));
    const both = accepted(await prepared(config, deploy, after(first)));
    const switched = releaseAt(stable, { phase: "switch", active: "green" });
    const timed = async (work: () => Promise<Versions>): Promise<number> => {
      const seconds: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const begun = performance.now();
        const { release, of } = accepted(await work());
        of(release.from);
        seconds.push((performance.now() - begun) / 1000);
      }
      return Math.min(...seconds);
    };
    const { versioned, shared } = both.of(both.release.from);
    return {
      objects,
      prepare: await timed(() => prepared(config, deploy, after(both))),
      compare: await timed(() => prepared(config, switched, after(both))),
      recordBytes: COLOURS.reduce((sum, colour) => {
        const record = both.records[colour];
        return sum + (record ? JSON.stringify(markWritten(recordMark(colour), record)).length : 0);
      }, 0),
      resources: versioned.length + shared.length,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function accepted(versions: Versions): Versions {
  if (versions.problems.length > 0) throw new Error(versions.problems.join("\n"));
  return versions;
}

/** The state after an `up` that went through. */
const after = ({ release, records }: Versions): Past => ({
  completed: { release, tested: {}, origin: null, attempt: "1", number: 1 } as unknown as Completed,
  entered: { release, attempt: "1" },
  dropping: null,
  records,
  objects: new Set(),
  types: new Map(),
  key: "key",
});

/**
 * So many objects, as a folder has them that grew: a web Deployment with its Service, and further
 * objects, of which its pods use some.
 */
function generateObjects(count: number): string {
  const others = furtherObjects(count - 2);
  const { volumes, volumeMounts, envFrom } = usedByPods(others);
  const labels = { app: "shop" };
  const all = [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "shop", labels },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: "shop",
                image: "registry.example.com/shop:1",
                ports: [{ name: "http", containerPort: 8080 }],
                readinessProbe: { httpGet: { path: "/ready", port: "http" } },
                envFrom,
                volumeMounts,
              },
            ],
            volumes,
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "shop" },
      spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    },
    ...others,
  ];
  return asYaml(all);
}
