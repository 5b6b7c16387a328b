// What a plugin implements; the service beside this file speaks protobuf for it.
import type { Properties } from "./values.ts";

/** One property that was refused; without a property it is the resource as a whole. */
export interface Failure {
  readonly property?: string;
  readonly reason: string;
}

/** The engine's wish for names that the program does not give. */
export interface Autonaming {
  readonly mode: "propose" | "enforce" | "disable";
  readonly proposed: string;
}

/** Inputs to check; the old ones are empty at the first time. */
export interface CheckRequest {
  readonly urn: string;
  readonly olds: Properties;
  readonly news: Properties;
  /**
   * Bytes that make generated names the same in preview and update; empty when the engine
   * gives none.
   */
  readonly seed: Uint8Array;
  readonly autonaming?: Autonaming;
}

/** The inputs to go on with, and what is wrong with them. */
export interface Checked {
  readonly inputs: Properties;
  readonly failures: readonly Failure[];
}

/** What becomes of a property. */
export type ChangeKind = "add" | "delete" | "update";

/** How one property changes, and whether that makes the resource a new one. */
export interface Change {
  readonly kind: ChangeKind;
  readonly replaces: boolean;
  /** True when the change is among the inputs rather than the recorded state. */
  readonly input: boolean;
}

/** Whether and how a resource has to change. */
export interface Difference {
  readonly changed: boolean;
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
  /** By property path; undefined lets the engine compare by itself. */
  readonly detailed?: ReadonlyMap<string, Change>;
  /** Top-level properties that changed, for engines that show no details. */
  readonly diffs?: readonly string[];
}

/** The recorded state and the inputs to compare it with. */
export interface DiffRequest {
  readonly id: string;
  readonly urn: string;
  readonly olds: Properties;
  readonly oldInputs: Properties;
  readonly news: Properties;
  readonly ignoreChanges: readonly string[];
}

/** How the provider is to work. */
export interface ConfigureRequest {
  /** Provider settings, `<package>:config:<key>` → value; what is not text is JSON. */
  readonly variables: ReadonlyMap<string, string>;
  readonly args: Properties;
}

/** What the provider is able to do. */
export interface Configured {
  readonly supportsAutonaming: boolean;
}

/** A resource to make, in a preview only in thought. */
export interface CreateRequest {
  readonly urn: string;
  readonly properties: Properties;
  /** Seconds; 0 when the program sets no custom timeout. */
  readonly timeout: number;
  readonly preview: boolean;
}

/** The id (empty in a preview) and the state to record. */
export interface Created {
  readonly id: string;
  readonly properties: Properties;
}

/** A resource to look up: by its id alone, or with what is recorded of it. */
export interface ReadRequest {
  readonly id: string;
  readonly urn: string;
  readonly properties: Properties;
  readonly inputs: Properties;
}

/** An empty id says that the resource is gone. */
export interface ReadAnswer {
  readonly id: string;
  readonly properties: Properties;
  readonly inputs: Properties;
}

/** A resource to change, in a preview only in thought. */
export interface UpdateRequest {
  readonly id: string;
  readonly urn: string;
  readonly olds: Properties;
  readonly oldInputs: Properties;
  readonly news: Properties;
  readonly timeout: number;
  readonly ignoreChanges: readonly string[];
  readonly preview: boolean;
}

/** A resource to delete. */
export interface DeleteRequest {
  readonly id: string;
  readonly urn: string;
  readonly properties: Properties;
  readonly timeout: number;
}

/** A function to call. */
export interface InvokeRequest {
  readonly token: string;
  readonly args: Properties;
}

/** What a function returned. */
export interface Invoked {
  readonly result: Properties;
  readonly failures: readonly Failure[];
}

/** A resource provider. Errors thrown reach the user as they are. */
export interface Provider {
  readonly name: string;
  readonly version: string;
  checkConfig(request: CheckRequest): Promise<Checked>;
  diffConfig(request: DiffRequest): Promise<Difference>;
  configure(request: ConfigureRequest): Promise<Configured>;
  check(request: CheckRequest): Promise<Checked>;
  diff(request: DiffRequest): Promise<Difference>;
  create(request: CreateRequest): Promise<Created>;
  read(request: ReadRequest): Promise<ReadAnswer>;
  update(request: UpdateRequest): Promise<Properties>;
  delete(request: DeleteRequest): Promise<void>;
  invoke(request: InvokeRequest): Promise<Invoked>;
  /** The user wants everything under way to end soon. */
  cancel(): void;
}
