import { dirname } from "node:path";
import { knownMigrations, refuseUnsafe } from "../../../components/migrations.ts";
import { textsOf } from "../../../components/config/migration-digests.ts";
import { planLines, stageWords } from "../../../cli/moves/stage-preview.ts";
import { NO_PAST } from "../../../cli/stack/stack-state.ts";
import { pastAfter } from "../../../cli/moves/stage-path.ts";
import { plan } from "../../../release/plan.ts";
import { releaseAt } from "../../../release/release-at.ts";
import type { StableRelease } from "../../../release/release.ts";
import { lint } from "../../../schema/lint/lint.ts";
import { generateMigrations } from "./generated-migrations.ts";

/**
 * Seconds that the parts of a preview take that know of migrations; the quickest of many, as what
 * else the machine does only adds to them.
 */
export interface PreviewCost {
  readonly migrations: number;
  /** The program reads and parses all of them. */
  readonly read: number;
  /** It judges those that `expand` begins, knowing all before. */
  readonly refuse: number;
  /** It plans the stage, and digests all texts. */
  readonly plan: number;
  /** `zd plan` and `zd preview` tell the stage `expand` in words. */
  readonly words: number;
  /** `zd plan` tells the first stage of a stack, which brings in all of them. */
  readonly firstWords: number;
  /** `zd lint` judges all of them. */
  readonly lint: number;
}

/** A release from the last migration but one to the last. */
export function releaseOver(ids: readonly string[]): StableRelease {
  const slot = (colour: "blue" | "green", version: string, schema: string | undefined) => ({
    colour,
    version,
    image: `registry.example.com/shop@sha256:${version.slice(0, 1).repeat(64)}`,
    schema: schema ?? null,
  });
  return {
    phase: "stable",
    strategy: "blue-green",
    rungs: [1, 5, 25, 50],
    migrations: ids,
    settings: { namespace: "shop", app: { name: "shop", replicas: 3 }, database: { host: "database" } },
    from: slot("blue", "1.0.0", ids.at(-2)),
    to: slot("green", "2.0.0", ids.at(-1)),
  };
}

export async function previewCost(count: number, rounds: number): Promise<PreviewCost> {
  const { folder, ids, remove } = generateMigrations(count);
  try {
    const base = releaseOver(ids);
    const expand = releaseAt(base, { phase: "expand", active: "blue" });
    const migrations = await knownMigrations(dirname(folder));
    const timed = async (work: () => unknown): Promise<number> => {
      const seconds: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const begun = performance.now();
        await work();
        seconds.push((performance.now() - begun) / 1000);
      }
      return Math.min(...seconds);
    };
    return {
      migrations: count,
      read: await timed(() => knownMigrations(dirname(folder))),
      refuse: await timed(() => refuseUnsafe(migrations, expand)),
      plan: await timed(() => [plan(expand, { release: base, tested: {} }), textsOf(expand, migrations)]),
      words: await timed(() => planLines(stageWords(pastAfter(base), expand, migrations), true)),
      firstWords: await timed(() =>
        planLines(stageWords(NO_PAST, { ...base, to: null, from: expand.to ?? base.from }, migrations), true),
      ),
      lint: await timed(() => lint(migrations)),
    };
  } finally {
    remove();
  }
}
