import { describePlace, isSamePlace, placeOf } from "../../release/place.ts";
import { PHASES } from "../../release/phases.ts";
import { isMoving, needsOlderSchema, pendingMigrations, type Release } from "../../release/release.ts";
import type { SchemaStep, Step } from "../../release/step.ts";
import { weightsOf, WORKLOADS, type Workload } from "../../release/workload.ts";
import type { Ledger, LedgerMigration, MigrationState } from "../../schema/state/catalog.ts";
import type { Migration } from "../../schema/migration/migration.ts";
import { restoredBy, restoreOf } from "../../schema/sql/names.ts";
import { route } from "../../schema/state/migration-path.ts";
import type { Statement } from "../../schema/plan/change.ts";
import { statements } from "../../schema/plan/plan.ts";
import type { Move } from "../../schema/migration/move.ts";
import { NO_WRITERS } from "../../schema/sync/writers.ts";
import { costOfGoingBack } from "./rollback-cost.ts";
import { stepsOf } from "../stages/enter-stage.ts";
import { standsAt, unfinished, type Past } from "../stack/stack-state.ts";
import { describeTraffic } from "../../protocol/traffic/shares.ts";
import { stepTitle } from "./step-titles.ts";
import { versionLines, type VersionWords } from "./version-words.ts";
import { pastAfter } from "./stage-path.ts";
import { usualBack, usualNext, waysFrom } from "./legal-moves.ts";

/** A stage in plain words, before it happens. */
export interface StageWords {
  readonly title: string;
  /** What is done, in order; with the SQL of a schema step below it. */
  readonly steps: readonly StepWords[];
  readonly traffic: string;
  /** What is prepared from the application's manifests; null where there is nothing to say. */
  readonly versions: VersionWords | null;
  /** What the engine deletes at the end. */
  readonly deleted: readonly string[];
  /** What may follow, and what can no longer be undone. */
  readonly afterwards: readonly string[];
}

export interface StepWords {
  readonly title: string;
  readonly sql: readonly SqlWords[];
}

export interface SqlWords {
  readonly label: string;
  readonly lock: string;
  /** The statements as they are sent; a pass over a table has none here. */
  readonly statements: readonly string[];
}

/**
 * Pure: what an `up` to `next` will do.
 *
 * @param migrations of the checkout, parsed
 * @param versions what the stage does with manifests
 */
export function stageWords(
  past: Past,
  next: Release,
  migrations: readonly Migration[],
  versions: VersionWords | null = null,
): StageWords {
  const before = leftBy(past, next);
  const steps = stepsOf(past, next);
  return {
    title: `${describePlace(placeOf(next))}: ${PHASES[next.phase].meaning}`,
    steps: steps.map((step) => ({
      title: stepTitle(step),
      sql: step.do === "schema" ? sqlOf(step, before, migrations) : [],
    })),
    traffic: trafficWords(past.completed?.release ?? null, next),
    versions,
    deleted: deletedWords(before, steps),
    afterwards: afterwardsWords(next),
  };
}

/**
 * Where the stage sets out from. One that is repeated may have done nothing yet, so it is told from
 * the stage before; a way back takes back what the stage that is left may have done.
 */
function leftBy(past: Past, next: Release): Release | null {
  const begun = unfinished(past);
  const isRepeated = begun !== null && isSamePlace(placeOf(begun), placeOf(next));
  return isRepeated ? (past.completed?.release ?? null) : standsAt(past);
}

function trafficWords(before: Release | null, next: Release): string {
  const after = describeTraffic(weightsOf(next));
  const was = before && describeTraffic(weightsOf(before));
  if (was === null) return after;
  return was === after ? `stays: ${after}` : `${was} → ${after}`;
}

/** A workload of the previous stage that no step names any more. */
function deletedWords(stands: Release | null, steps: readonly Step[]): string[] {
  if (!stands) return [];
  const kept = workloadsIn(steps);
  const had = workloadsIn(stepsOf({ ...pastAfter(stands), completed: null }, stands));
  return WORKLOADS.filter((workload) => had.has(workload) && !kept.has(workload)).map(
    (workload) => `the Deployment of ${workload}`,
  );
}

/** Workloads that have a Deployment once these steps are done. */
const workloadsIn = (steps: readonly Step[]): ReadonlySet<Workload> =>
  new Set(steps.flatMap((step) => (step.do === "run" || step.do === "park" ? [step.workload] : [])));

function afterwardsWords(next: Release): string[] {
  const past = pastAfter(next);
  const ways = waysFrom(past, next);
  const onward = usualNext(past, ways);
  const back = usualBack(past, ways);
  const cost = isMoving(next) ? [costOfGoingBack(next, back)] : [];
  return [...(onward && isMoving(next) ? [`then ${describePlace(onward)}`] : []), ...cost];
}

/**
 * The statements of a schema step, as far as they follow from the stage; what is done already is
 * skipped when it runs.
 */
function sqlOf(step: SchemaStep, stands: Release | null, migrations: readonly Migration[]): SqlWords[] {
  const { goal } = step;
  if (goal === "vacated" || goal === "contractible" || goal === "recognised") return [];
  if (goal === "intact" || goal === "undropped") return [];
  const known = migrations.map(({ id }) => id);
  const way = route({ goal, from: step.from, to: step.to, known, ledger: ledgerOf(stands, step, known) });
  if ("refusal" in way) return [{ label: way.refusal, lock: "", statements: [] }];
  return way.legs.flatMap(({ move, migration: id }) => {
    const taken = restoredBy(id);
    if (taken !== null) return [wayBackWords(move, taken)];
    const migration = migrations.find((one) => one.id === id);
    if (!migration) return [];
    const surroundings = { schema: "public", ledger: EMPTY, tables: {}, others: [], writers: NO_WRITERS };
    return statements(move, migration, surroundings).flatMap(words);
  });
}

/**
 * The statements of a way back follow from what the database's ledger recorded, and are
 * not known here.
 */
function wayBackWords(move: Move, migration: string): SqlWords {
  const label = {
    expand: `Bring back what ${migration} dropped, as the ledger recorded it, and keep both forms in step`,
    fill: `Fill what ${migration} dropped: from the archive where that still stands for the form that serves, else by the mapping`,
    verify: `Compare both forms of every row that ${migration} maps`,
    contract: `Archive and drop what ${migration} had added`,
    "give-up": `Take away what the end of the way back of ${migration} had prepared`,
    undo: `Drop again what was brought back of ${migration}, and archive what would be lost`,
  }[move];
  return { label, lock: "as for the migration itself", statements: [] };
}

const EMPTY: Ledger = { number: 0, migrations: {}, events: {} };

/** What the ledger should say once a stage has completed. */
function ledgerOf(stands: Release | null, step: SchemaStep, known: readonly string[]): Ledger {
  const finished = known.filter((id) => stands?.from.schema != null && id <= stands.from.schema);
  const open = stands && isMoving(stands) ? pendingMigrations(stands) : [];
  const state = openState(stands);
  const entries = [
    ...finished.map((id) => [id, ledgerEntry("finished")] as const),
    ...open.flatMap((id) =>
      state ? [[stands && needsOlderSchema(stands) ? restoreOf(id) : id, ledgerEntry(state)] as const] : [],
    ),
  ];
  return { ...EMPTY, migrations: Object.fromEntries(step.goal === "base" && !stands ? [] : entries) };
}

/** The state of the release's migrations, by the schema that the stage is to leave behind. */
const OPEN_STATES = {
  base: null,
  expanded: "expanded",
  filled: "filled",
  contracted: "contracting",
} as const;

const openState = (stands: Release | null): MigrationState | null =>
  stands && OPEN_STATES[PHASES[stands.phase].schema];

const ledgerEntry = (state: MigrationState): LedgerMigration => ({
  state,
  files: {} as LedgerMigration["files"],
  steps: [],
});

function words(statement: Statement): SqlWords[] {
  if (statement.kind === "walk")
    return [{ label: statement.label, lock: "row by row, in small batches", statements: [] }];
  const texts = statement.sql.map(({ text }) => text);
  if (texts.length === 0) return [];
  const lock = {
    brief: "exclusive lock for a moment; gives up and tries again rather than let others wait",
    patient: "waits without anybody noticing",
    none: "no lock that anybody waits for",
  }[statement.lock];
  return [{ label: statement.label, lock, statements: texts }];
}

/**
 * The words as lines.
 *
 * @param full whether every statement is shown whole, or its first line only
 */
export function planLines(
  { title, steps, traffic, versions, deleted, afterwards }: StageWords,
  full: boolean,
): string[] {
  return [
    title,
    `  traffic    ${traffic}`,
    ...(versions ? versionLines(versions) : []).map(
      (line, at) => `  ${(at === 0 ? "manifests" : "").padEnd(11)}${line}`,
    ),
    ...steps.flatMap(({ title: step, sql }, at) => [
      `  ${String(at + 1).padStart(2)}. ${step}`,
      ...sql.flatMap((one) => sqlLines(one, full)),
    ]),
    ...deleted.map((what) => `      and then delete ${what}`),
    ...afterwards.map((sentence) => `  afterwards ${sentence}`),
  ];
}

function sqlLines({ label, lock, statements: texts }: SqlWords, full: boolean): string[] {
  const shown = texts.flatMap((text) => (full ? text.split("\n") : [shortened(text)]));
  return [`        ${label}${lock === "" ? "" : `: ${lock}`}`, ...shown.map((line) => `          ${line}`)];
}

const shortened = (text: string): string => {
  const [first = "", ...rest] = text.split("\n");
  const cut = first.length > 100 ? `${first.slice(0, 100)} …` : first;
  return rest.length > 0 && first === cut ? `${cut} …` : cut;
};
