import type { Colour, Slot } from "./release.ts";
import type { Watched } from "./verdict.ts";
import type { Weights, Workload } from "./workload.ts";

/** What a schema Job can reach or prove. */
export const SCHEMA_GOALS = [
  "base",
  "expanded",
  "filled",
  "verified",
  /**
   * Nothing that both forms rely on has changed since the expansion: by the catalog, without
   * reading a row.
   */
  "intact",
  "vacated",
  "contractible",
  "contracted",
  /** Fails if anything was dropped; removes what contract had prepared. */
  "undropped",
  /** Changes nothing; fails unless the ledger shows what this stage leaves behind. */
  "recognised",
] as const;

/** A schema Job. */
export interface SchemaStep {
  readonly do: "schema";
  readonly goal: (typeof SCHEMA_GOALS)[number];
  /** Newest migration of the slot that the release comes from, and of the one it goes to. */
  readonly from: string | null;
  readonly to: string | null;
  /** The colour that must be gone before anything that it may use is removed. */
  readonly vacate: Colour | null;
  /**
   * How the Job sees that: the colour's login has no connection left, or a check before it has seen
   * the pods gone.
   */
  readonly vacatedBy: "login" | "pods";
  /**
   * Whose logins write the old form, and whose the new; null where there is one form alone, or
   * logins do not tell.
   */
  readonly writers: { readonly old: Colour; readonly new: Colour } | null;
  /** Event to note in the ledger once the goal is reached; the soak counts from the newest. */
  readonly record: "switched" | null;
}

/** Where both slots serve: the candidate `to` gets this many percent. */
export interface Rung {
  readonly from: Slot;
  readonly to: Slot;
  readonly weight: number;
}

/**
 * One step of a stage. Checks and proofs are Jobs, which every attempt runs anew; `tasks.ts` says
 * which of them share a Job.
 */
export type Step =
  /** Proof that the cluster can pull the slot's image, before a schema is changed for it. */
  | { readonly do: "pull"; readonly slot: Slot }
  /** Pods of a slot at full size. */
  | { readonly do: "run"; readonly workload: Workload; readonly slot: Slot }
  /** No pods. */
  | { readonly do: "park"; readonly workload: Workload; readonly slot: Slot }
  /**
   * Proof that as many pods as there should be are ready, with the slot's image, behind the
   * workload's Service.
   */
  | {
      readonly do: "ready";
      readonly workload: Workload;
      readonly slot: Slot;
      /**
       * The slot whose pods it replaces one by one, and which may be put back where it does not
       * become ready.
       */
      readonly replaces: Slot | null;
      /**
       * For a candidate that is about to get traffic: the guard has not failed it since the gate
       * read the verdict.
       */
      readonly unlessFailed: boolean;
    }
  | { readonly do: "smoke"; readonly workload: Workload; readonly slot: Slot }
  | { readonly do: "warm-up"; readonly workload: Workload; readonly slot: Slot }
  /** Proof that the slot's pods log in to the database as their colour. */
  | { readonly do: "logged-in"; readonly workload: Workload; readonly slot: Slot }
  /**
   * Proof that the slot has no pod left in the workload, where its login cannot tell whether it
   * still uses the database.
   */
  | { readonly do: "gone"; readonly workload: Workload; readonly slot: Slot }
  /** Write the public entrance. */
  | {
      readonly do: "traffic";
      readonly weights: Weights;
      /** Set where both slots get users; null where one has all of them. */
      readonly rung: Rung | null;
    }
  /** Proof from outside that only these colours answer. */
  | { readonly do: "probe"; readonly colours: readonly Colour[] }
  | SchemaStep
  /** The object that holds the verdict on the candidate; its content is the guard's alone. */
  | { readonly do: "verdict" }
  /** The guard, watching the candidate `to` and able to give all traffic back to `from`. */
  | { readonly do: "guard"; readonly watched: Watched; readonly from: Slot; readonly to: Slot }
  /** Ends the guard; then its pod must be gone, and its last verdict is read again. */
  | { readonly do: "stop-guard"; readonly from: Slot; readonly to: Slot }
  | { readonly do: "guard-stopped"; readonly to: Slot }
  /** From here on contract drops: only contract and stable are legal. */
  | { readonly do: "begin-dropping" }
  /** Nothing was dropped: the ways back are legal again. */
  | { readonly do: "give-up-contract" };
