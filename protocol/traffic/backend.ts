import type { z } from "zod";
import type { Json } from "../../release/release.ts";
import type { DeepReadonly } from "../deep-readonly.ts";
import type { ObjectKind, ObjectName } from "../kubernetes/object-kind.ts";
import type { Entrances } from "./entrance.ts";
import type { Shares } from "./shares.ts";

/**
 * Somebody who may get traffic: the Service in front of its pods, and the labels by which it
 * selects them.
 */
export interface Destination {
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A destination and its weight, in percent. */
export interface WeightedDestination extends Destination {
  readonly weight: number;
}

/**
 * A name, and the value that each Service's users get; a value that is no longer set has no effect.
 */
export interface Cookie {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Who gets how much of the public traffic. */
export interface Routing {
  /** Always all that may serve, so that the backend knows their pods. */
  readonly destinations: readonly WeightedDestination[];
  /**
   * The Service of the candidate while it has weight, for those who are sent to it regardless of
   * the weights.
   */
  readonly candidate: string | null;
  /**
   * Cookie that keeps users where they were sent first; null: every request is distributed anew.
   */
  readonly cookie: Cookie | null;
}

/** What a backend can do with traffic; config that asks for more is refused. */
export interface Capabilities {
  /**
   * Gives each of several versions a share of the requests. Without this, one version has all: no
   * canary.
   */
  readonly weights: boolean;
  /** Keeps users where they were sent first, by a cookie (`canary.stickiness`). */
  readonly stickyCookie: boolean;
  /** Sends testers to the candidate by a header, whatever its weight. */
  readonly testerHeader: boolean;
}

/** A rule of a Role. */
export interface RoleRule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly resourceNames: string[];
  readonly verbs: string[];
}

/** A value of config that breaks a rule across keys. */
export interface TrafficProblem {
  /** Below `traffic`. */
  readonly key: string;
  readonly rule: string;
  readonly value: unknown;
}

/** Where the public traffic comes in, as pods in the cluster reach it. */
export interface Address {
  readonly url: string;
  /** Host name of the request, where it is not the URL's own. */
  readonly host?: string;
}

/** Keys that every mode of `traffic` in config has. */
export interface TrafficConfig {
  readonly mode: string;
  /** Address for people, shown as a stack output. */
  readonly publicUrl?: string | undefined;
}

/** Fields of an object's spec. */
export type Spec = Readonly<Record<string, Json>>;

/**
 * One way to give the public traffic to versions: the object in the cluster that says who gets how
 * much, how it is written and read, and what can be done with it. Pure; the program, the guard and
 * `zd` do the work.
 */
export interface TrafficBackend<Config extends TrafficConfig> {
  /** The kind of the object, which has the application's name. */
  readonly object: ObjectKind;
  /** What is needed to use it, as in "use a Gateway of the Gateway API". */
  readonly title: string;
  readonly can: Capabilities;
  /** The keys of `traffic` in config. */
  readonly config: z.ZodType<Config>;
  /** What is wrong across keys, in a config whose keys are each valid. */
  readonly problems: (config: Config) => readonly TrafficProblem[];
  /**
   * The entrances of an application that config describes itself, without manifests. What config
   * leaves out is left out.
   *
   * @param app its name, which the public object has
   */
  readonly simple: (app: string, config: DeepReadonly<Partial<Config>>) => Entrances;
  /** Where the probe sends requests: the same way in as the public's. */
  readonly address: (config: Config, object: ObjectName) => Address;
  /** Annotations of the object that only Pulumi's provider reads. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The whole spec, as the program writes it. */
  readonly spec: (config: Config, routing: Routing) => Spec;
  /**
   * The one field of the spec that moves traffic, for the guard and `zd`, which write nothing else.
   * It sends no testers anywhere.
   */
  readonly write: (routing: Routing) => Spec;
  /** The name of that field. Its owner in the managed fields is who moved the traffic. */
  readonly field: string;
  /** Parses the spec of the object in the cluster, whoever wrote it, into who gets how much. */
  readonly read: (destinations: readonly Destination[]) => z.ZodType<Shares>;
  /** What the guard's Role must allow, so that it can read and write the object of this name. */
  readonly rights: (name: string) => readonly RoleRule[];
}

/** The right to read one object, and to apply fields of it. */
export const readAndApply = ({ group, resource }: ObjectKind, name: string): RoleRule => ({
  apiGroups: [group],
  resources: [resource],
  resourceNames: [name],
  verbs: ["get", "patch"],
});
