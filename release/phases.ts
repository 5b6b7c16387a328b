export const STRATEGIES = ["blue-green", "canary", "rolling"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** Two Deployments, of which the public is sent to one or the other. */
const WITH_TWO_COLOURS: readonly Strategy[] = ["blue-green", "canary"];

/**
 * All that is particular to a phase, except its moves (`moves/moves.ts`) and steps (`steps.ts`).
 */
export interface PhaseTraits {
  /** One line for people. */
  readonly meaning: string;
  /** The strategies whose releases pass through it. */
  readonly strategies: readonly Strategy[];
  /** Config's `active` names the version that takes over, and the traffic is meant for it. */
  readonly isNewActive: boolean;
  /** Both versions get public traffic: the place has a weight, the candidate's percentage. */
  readonly hasWeight: boolean;
  /** The old version's pods, once the stage is complete. Replaced: one by one, by the new one's. */
  readonly oldPods: "serve" | "warm" | "replaced" | "parked" | "gone";
  /** The new version's pods, once the stage is complete. Private: without public traffic. */
  readonly newPods: "none" | "private" | "serve";
  /** The idle colour's entry in config may be edited: it serves nobody. */
  readonly isIdleEditable: boolean;
  /** The schema that the stage leaves behind. Base: exactly what the version that serves needs. */
  readonly schema: "base" | "expanded" | "filled" | "contracted";
  /** What the ledger may show of the release's migrations when a lost state is recovered in it. */
  readonly ledger: readonly ("expanding" | "expanded" | "filled" | "contracting" | "finished")[];
  /** What the candidate's guard does: watches a rung or the soak, or ends with its last verdict. */
  readonly guard: "watches a rung" | "watches the soak" | "ends" | null;
  /** The new version serves for as long as config's `soak` says before the release goes on. */
  readonly soaks: boolean;
  /** Drops what the old version needs: there is no way back once it has begun. */
  readonly drops: boolean;
}

/** One row a phase, in the order of a release's way forward. */
const ROWS = {
  stable: {
    meaning: "one version serves, the schema is exactly what it needs",
    strategies: STRATEGIES,
    isNewActive: false,
    hasWeight: false,
    oldPods: "serve",
    newPods: "none",
    isIdleEditable: true,
    schema: "base",
    ledger: [],
    guard: null,
    soaks: false,
    drops: false,
  },
  expand: {
    meaning: "the schema gains what the new version needs; triggers keep both forms in step",
    strategies: STRATEGIES,
    isNewActive: false,
    hasWeight: false,
    oldPods: "serve",
    newPods: "none",
    isIdleEditable: true,
    schema: "expanded",
    ledger: ["expanding", "expanded"],
    guard: null,
    soaks: false,
    drops: false,
  },
  backfill: {
    meaning: "every existing row is carried over to the new form and verified",
    strategies: STRATEGIES,
    isNewActive: false,
    hasWeight: false,
    oldPods: "serve",
    newPods: "none",
    isIdleEditable: true,
    schema: "filled",
    ledger: ["expanded", "filled"],
    guard: null,
    soaks: false,
    drops: false,
  },
  deploy: {
    meaning: "the new version runs beside the old one, private, tested and warmed up",
    strategies: WITH_TWO_COLOURS,
    isNewActive: false,
    hasWeight: false,
    oldPods: "serve",
    newPods: "private",
    isIdleEditable: true,
    schema: "filled",
    ledger: ["filled"],
    guard: null,
    soaks: false,
    drops: false,
  },
  canary: {
    meaning: "a share of the public traffic goes to the new version",
    strategies: ["canary"],
    isNewActive: false,
    hasWeight: true,
    oldPods: "serve",
    newPods: "serve",
    isIdleEditable: false,
    schema: "filled",
    ledger: ["filled"],
    guard: "watches a rung",
    soaks: false,
    drops: false,
  },
  switch: {
    meaning: "all traffic goes to the new version, the old one stays warm",
    strategies: WITH_TWO_COLOURS,
    isNewActive: true,
    hasWeight: false,
    oldPods: "warm",
    newPods: "serve",
    isIdleEditable: false,
    schema: "filled",
    ledger: ["filled"],
    guard: "watches the soak",
    soaks: true,
    drops: false,
  },
  roll: {
    meaning: "the pods are replaced one by one by the new version",
    strategies: ["rolling"],
    isNewActive: true,
    hasWeight: false,
    oldPods: "replaced",
    newPods: "serve",
    isIdleEditable: false,
    schema: "filled",
    ledger: ["filled"],
    guard: null,
    soaks: true,
    drops: false,
  },
  retire: {
    meaning: "the old version is parked after a proof that it serves nobody",
    strategies: WITH_TWO_COLOURS,
    isNewActive: true,
    hasWeight: false,
    oldPods: "parked",
    newPods: "serve",
    isIdleEditable: false,
    schema: "filled",
    ledger: ["filled"],
    guard: "ends",
    soaks: false,
    drops: false,
  },
  contract: {
    meaning: "what only the old version needed is archived and dropped",
    strategies: STRATEGIES,
    isNewActive: true,
    hasWeight: false,
    oldPods: "gone",
    newPods: "serve",
    isIdleEditable: false,
    schema: "contracted",
    ledger: ["filled", "contracting", "finished"],
    guard: null,
    soaks: false,
    drops: true,
  },
} as const satisfies Readonly<Record<string, PhaseTraits>>;

export type Phase = keyof typeof ROWS;

/** The phases whose place has a weight. */
export type WeightedPhase = {
  [P in Phase]: (typeof ROWS)[P]["hasWeight"] extends true ? P : never;
}[Phase];

/** The table of phases. Only steps, moves and comparisons with `stable` go by a name. */
export const PHASES: Readonly<Record<Phase, PhaseTraits>> = ROWS;

/** In the order of a release's way forward. */
export const PHASE_NAMES = Object.keys(ROWS) as readonly Phase[];

/** The phases with these traits, in their order. */
export const phasesWhere = (isMeant: (traits: PhaseTraits) => boolean): ReadonlySet<Phase> =>
  new Set(PHASE_NAMES.filter((phase) => isMeant(PHASES[phase])));

/** The phase of that name; null where there is none. */
export const phaseNamed = (name: string | undefined): Phase | null =>
  PHASE_NAMES.find((phase) => phase === name) ?? null;

/** How far along a release's way a phase lies. */
export const phaseOrder = (phase: Phase): number => PHASE_NAMES.indexOf(phase);

/** True where a release is on its way; in `stable` there is none. */
export const isUnderWay = (phase: Phase): boolean => phase !== "stable";

/** True where config's `active` names the slot that the release goes to. */
export const isAfterSwitch = (phase: Phase): boolean => PHASES[phase].isNewActive;

/** True where the place of a phase has a weight. */
export const hasWeight = (phase: Phase): phase is WeightedPhase => PHASES[phase].hasWeight;

/** True where users are on the new version: going back there is a rollback, before it an abort. */
export const hasUsersOnNew = (phase: Phase): boolean => PHASES[phase].newPods === "serve";
