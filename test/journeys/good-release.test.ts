import { expect } from "chai";
import type { Phase } from "../../release/release.ts";
import { clusterSight } from "../support/cluster-sight.ts";
import { aJourney } from "../support/a-journey.ts";
import { schemaSight } from "../support/schema-sight.ts";

/** What a stage shows that differs from one to the next. */
interface Shown {
  readonly phase: Phase;
  readonly active: "blue" | "green";
  /** Pods that there are, "blue 2 green 0" of those wanted. */
  readonly pods: Readonly<Record<string, string>>;
  readonly jobs: readonly string[];
  /** Form of the table: see FORMS. */
  readonly table: keyof typeof FORMS;
  readonly schema: string;
  readonly ledger: string;
  readonly preview: string | null;
  readonly next: string;
}

const COMMON = ["city text required", "id bigint required", "name text required", "postcode text required"];
const OLD = [...COMMON, "street text required"];
const NEW = [...COMMON, "house_number text", "street_name text required"].sort();
const BOTH = [...OLD, "house_number text", "street_name text"].sort();
const SYNC = "zzz_zero_downtime_sync";
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
    triggers: [SYNC],
    constraints: ["address_pkey"],
    indexes: ["address_pkey"],
  },
  filled: {
    columns: BOTH,
    triggers: [SYNC],
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
const PREVIEW = "http://address-book-green.good-release.svc";

const STAGES: readonly Shown[] = [
  {
    phase: "stable",
    active: "blue",
    pods: { blue: ONE },
    jobs: ["probe", "ready-blue", "schema-base", "smoke-blue", "warm-up-blue"],
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
    jobs: ["probe", "ready-blue", "schema-expanded"],
    table: "both",
    schema: "0002-split-street expanded",
    ledger: "expanded",
    preview: PREVIEW,
    next: "The next legal step is backfill with blue active; the way back is stable with blue active.",
  },
  {
    phase: "backfill",
    active: "blue",
    pods: { blue: ONE, green: "0 of 0 with 2.0.0" },
    jobs: ["probe", "ready-blue", "schema-filled"],
    table: "filled",
    schema: "0002-split-street filled",
    ledger: "filled",
    preview: PREVIEW,
    next: "The next legal step is deploy with blue active; the way back is stable with blue active.",
  },
  {
    phase: "deploy",
    active: "blue",
    pods: { blue: ONE, green: TWO },
    jobs: ["probe", "ready-blue", "ready-green", "smoke-green", "warm-up-green"],
    table: "filled",
    schema: "0002-split-street filled",
    ledger: "filled",
    preview: PREVIEW,
    next: "The next legal step is switch with green active; the way back is backfill with blue active.",
  },
  {
    phase: "switch",
    active: "green",
    pods: { blue: ONE, green: TWO },
    jobs: ["probe", "ready-blue", "ready-green", "schema-verified"],
    table: "filled",
    schema: "0002-split-street filled",
    ledger: "filled",
    preview: "http://address-book-blue.good-release.svc",
    next: "The next legal step is retire with green active; the way back is deploy with blue active.",
  },
  {
    phase: "retire",
    active: "green",
    pods: { blue: "0 of 0 with 1.0.0", green: TWO },
    jobs: ["probe", "ready-green", "schema-vacated"],
    table: "filled",
    schema: "0002-split-street filled",
    ledger: "filled",
    preview: "http://address-book-blue.good-release.svc",
    next: "The next legal step is contract with green active; the way back is deploy with blue active.",
  },
  {
    phase: "contract",
    active: "green",
    pods: { green: TWO },
    jobs: ["probe", "ready-green", "schema-contracted", "schema-contractible"],
    table: "new",
    schema: "0002-split-street contracted",
    ledger: "finished",
    preview: "http://address-book-blue.good-release.svc",
    next: "The next legal step is stable with green active; there is no way back from here.",
  },
  {
    phase: "stable",
    active: "green",
    pods: { green: TWO },
    jobs: ["probe", "ready-green", "schema-base"],
    table: "new",
    schema: "0002-split-street",
    ledger: "finished",
    preview: null,
    next: "The next legal step is to name the other colour's version and image, in stable with green active; there is no way back from here.",
  },
];

const ROLES = ["app", "blue login in app", "green login in app", "migrator login in owner", "owner"];

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

describe("A good blue-green release with a schema change", function () {
  const journey = aJourney(this, "good-release", {
    // The other journeys name an image; this one builds it by the docker resource, as people do.
    config: ({ registry, nodeImage }) => ({
      jobs: { repository: `${registry}/zero-downtime-jobs`, base: nodeImage },
    }),
  });

  for (const [at, stage] of STAGES.entries()) {
    it(`shows in ${stage.phase} with ${stage.active} active what is said to exist, and nothing else`, async () => {
      if (at > 0) await journey.goes(stage.phase);
      expect(await clusterSight(journey.target, journey.name, "address-book")).to.deep.equal({
        objects: objectsIn(stage),
        pods: Object.fromEntries(
          Object.entries(stage.pods).map(([colour, text]) => [`address-book-${colour}`, text]),
        ),
        weights: weightsOf(stage, "address-book-"),
        jobs: stage.jobs,
        unfinishedJobs: [],
      });
      expect(await schemaSight(journey.target, journey.book.database)).to.deep.equal({
        ...FORMS[stage.table],
        tables: ["address"],
        ledger: {
          "0001-create-address": "finished",
          ...(stage.ledger === "absent" ? {} : { "0002-split-street": stage.ledger }),
        },
        roles: ROLES,
      });
      const { completed: _, ...outputs } = await journey.book.stack.outputs();
      expect(outputs).to.deep.equal({
        phase: stage.phase,
        strategy: "blue-green",
        active: stage.active,
        weights: weightsOf(stage),
        versions: { blue: "1.0.0", green: "2.0.0" },
        schema: stage.schema,
        publicAddress: journey.target.gateway.publicUrl,
        previewAddress: stage.preview,
        next: stage.next,
      });
      await journey.isServedBy(stage.active === "blue" ? "1.0.0" : "2.0.0");
    });

    it(`has nothing to do in ${stage.phase} with ${stage.active} active when nothing was edited`, () =>
      journey.hasNothingToDo());
  }

  it("loses nothing", () => journey.nothingWasLost());
});

/** In stable, where the strategy may change, the entrance knows the workload of the others as well. */
const weightsOf = ({ phase, active }: Shown, prefix = "") => ({
  [`${prefix}blue`]: active === "blue" ? 100 : 0,
  [`${prefix}green`]: active === "green" ? 100 : 0,
  ...(phase === "stable" ? { [`${prefix}rolling`]: 0 } : {}),
});

const objectsIn = ({ phase }: Shown): string[] =>
  phase === "stable"
    ? [...ALWAYS_THERE, "PodDisruptionBudget/address-book-rolling", "Service/address-book-rolling"].sort()
    : [...ALWAYS_THERE].sort();
