import type { Phase } from "../../release/phases.ts";
import type { ClusterSight } from "../support/cluster/cluster-state.ts";
import { WORK } from "../support/journey/stage-jobs.ts";
import type { SchemaSight } from "../support/postgres/schema-state.ts";

/** What a stage shows that differs from one to the next. */
export interface ShownStage {
  readonly phase: Phase;
  readonly active: "blue" | "green";
  /** Ready pods of those wanted, and their version, by colour; and the guard's. */
  readonly pods: Readonly<Record<string, string>>;
  readonly jobs: readonly string[];
  readonly table: keyof typeof FORMS;
  readonly schema: string;
  readonly ledger: string;
  /** The colour that the preview address names. */
  readonly preview: "blue" | "green" | null;
  readonly next: string;
}

const COMMON = ["city text required", "id bigint required", "name text required", "postcode text required"];
const OLD = [...COMMON, "street text required"];
const NEW = [...COMMON, "house_number text", "street_name text required"].sort();
const BOTH = [...OLD, "house_number text", "street_name text"].sort();
const SYNC = ["zzz_zero_downtime_sync", "zzz_zero_downtime_sync_insert"];
const REQUIRED = "zero_downtime_required_street_name";

const FORMS = {
  old: {
    columns: OLD,
    triggers: [],
    constraints: ["address_pkey"],
    indexes: ["address_pkey"],
  },
  both: {
    columns: BOTH,
    triggers: SYNC,
    constraints: ["address_pkey"],
    indexes: ["address_pkey"],
  },
  filled: {
    columns: BOTH,
    triggers: SYNC,
    constraints: ["address_pkey", REQUIRED],
    indexes: ["address_pkey", "address_street_name"],
  },
  new: {
    columns: NEW,
    triggers: [],
    constraints: ["address_pkey"],
    indexes: ["address_pkey", "address_street_name"],
  },
} as const;

const ONE = "2 of 2 with 1.0.0";
const TWO = "2 of 2 with 2.0.0";
const APP = "address-book";

/** The stages of a blue-green release with a schema change, in order. */
export const SHOWN_STAGES: readonly ShownStage[] = [
  {
    phase: "stable",
    active: "blue",
    pods: { blue: ONE },
    jobs: WORK.install,
    table: "old",
    schema: "0001-create-address",
    ledger: "absent",
    preview: null,
    next: "The next legal step is expand with blue active; there is no way back from here.",
  },
  {
    phase: "expand",
    active: "blue",
    pods: { blue: ONE },
    jobs: WORK.expand,
    table: "both",
    schema: "0002-split-street expanded",
    ledger: "expanded",
    preview: "green",
    next: "The next legal step is backfill with blue active; the way back is stable with blue active.",
  },
  {
    phase: "backfill",
    active: "blue",
    pods: { blue: ONE, green: "0 of 0 with 2.0.0" },
    jobs: WORK.backfill,
    table: "filled",
    schema: "0002-split-street filled",
    ledger: "filled",
    preview: "green",
    next: "The next legal step is deploy with blue active; the way back is stable with blue active.",
  },
  {
    phase: "deploy",
    active: "blue",
    pods: { blue: ONE, green: TWO },
    jobs: WORK.deploy,
    table: "filled",
    schema: "0002-split-street filled",
    ledger: "filled",
    preview: "green",
    next: "The next legal step is switch with green active; the way back is backfill with blue active.",
  },
  {
    phase: "switch",
    active: "green",
    pods: { blue: ONE, green: TWO, guard: "1 of 1" },
    jobs: WORK.switch,
    table: "filled",
    schema: "0002-split-street filled",
    ledger: "filled",
    preview: "blue",
    next: "The next legal step is retire with green active; the way back is deploy with blue active.",
  },
  {
    phase: "retire",
    active: "green",
    pods: { blue: "0 of 0 with 1.0.0", green: TWO, guard: "0 of 0" },
    jobs: WORK.retire,
    table: "filled",
    schema: "0002-split-street filled",
    ledger: "filled",
    preview: "blue",
    next: "The next legal step is contract with green active; the way back is deploy with blue active.",
  },
  {
    phase: "contract",
    active: "green",
    pods: { green: TWO },
    jobs: WORK.contract,
    table: "new",
    schema: "0002-split-street contracted",
    ledger: "finished",
    preview: "blue",
    next: "The next legal step is stable with green active; there is no way back from here.",
  },
  {
    phase: "stable",
    active: "green",
    pods: { green: TWO },
    jobs: WORK.stable,
    table: "new",
    schema: "0002-split-street",
    ledger: "finished",
    preview: null,
    next: "The next legal step is expand with green active; there is no way back from here.",
  },
];

const ROLES = [
  "app",
  "blue login in app",
  "green login in app",
  "migrator login in owner, pg_read_all_stats",
  "owner",
];

const ALWAYS_THERE = [
  "PodDisruptionBudget/address-book-blue",
  "PodDisruptionBudget/address-book-green",
  "Role/address-book-jobs",
  "RoleBinding/address-book-jobs",
  "Secret/address-book-database-blue",
  "Secret/address-book-database-green",
  "Secret/address-book-database-migrator",
  "Service/address-book-blue",
  "Service/address-book-green",
  "ServiceAccount/address-book-jobs",
];

/** In stable the strategy may change, so the entrance knows the workload of the others, too. */
const OF_OTHER_STRATEGIES = ["PodDisruptionBudget/address-book-rolling", "Service/address-book-rolling"];

const GUARDS = [
  "Role/address-book-guard",
  "RoleBinding/address-book-guard",
  "ServiceAccount/address-book-guard",
];

/** Objects that come and go, by phase. */
const SOMETIMES_THERE: Partial<Record<Phase, readonly string[]>> = {
  stable: OF_OTHER_STRATEGIES,
  deploy: ["ConfigMap/address-book-verdict"],
  switch: ["ConfigMap/address-book-verdict", ...GUARDS],
  retire: ["ConfigMap/address-book-verdict", ...GUARDS],
};

/** What `kubectl` shows in a stage, and nothing else. */
export const shownByKubectl = (stage: ShownStage): ClusterSight => ({
  objects: [...ALWAYS_THERE, ...(SOMETIMES_THERE[stage.phase] ?? [])].sort(),
  pods: Object.fromEntries(Object.entries(stage.pods).map(([colour, pods]) => [`${APP}-${colour}`, pods])),
  weights: weightsOf(stage, `${APP}-`),
  jobs: stage.jobs,
  unfinishedJobs: [],
});

/** What `psql` shows. */
export const shownByPsql = (stage: ShownStage): SchemaSight => ({
  ...FORMS[stage.table],
  tables: ["address"],
  ledger: {
    "0001-create-address": "finished",
    ...(stage.ledger === "absent" ? {} : { "0002-split-street": stage.ledger }),
  },
  roles: ROLES,
});

/** What `pulumi stack output` shows, besides the gate's own record. */
export const shownAsOutputs = (stage: ShownStage, namespace: string, publicAddress: string) => ({
  phase: stage.phase,
  strategy: "blue-green",
  active: stage.active,
  weights: weightsOf(stage),
  versions: { blue: "1.0.0", green: "2.0.0" },
  schema: stage.schema,
  publicAddress,
  previewAddress: stage.preview === null ? null : `http://${APP}-${stage.preview}.${namespace}.svc`,
  next: stage.next,
});

const weightsOf = ({ phase, active }: ShownStage, prefix = ""): Record<string, number> => ({
  [`${prefix}blue`]: active === "blue" ? 100 : 0,
  [`${prefix}green`]: active === "green" ? 100 : 0,
  ...(phase === "stable" ? { [`${prefix}rolling`]: 0 } : {}),
});
