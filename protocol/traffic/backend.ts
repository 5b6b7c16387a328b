import type { z } from "zod";
import type { Json } from "../../release/release.ts";
import { WORKLOADS, type Weights, type Workload } from "../../release/workload.ts";
import type { DeepReadonly } from "../deep-readonly.ts";
import type { ObjectKind } from "../kubernetes/object-kind.ts";
import type { Services } from "./backend-pair.ts";
import type { Entrance, Entrances } from "./entrance.ts";

/**
 * A name, and the value that each workload's users get; a value that is no longer set has no
 * effect.
 */
export interface Cookie {
  readonly name: string;
  readonly values: Readonly<Partial<Record<Workload, string>>>;
}

/** Header by which testers reach the candidate. */
export interface Testers {
  readonly name: string;
  readonly value: string;
}

/** Who gets how much of the public traffic. */
export interface Routing {
  /** Percent by workload: always all that may serve, so that the entrances know their pods. */
  readonly weights: Weights;
  /**
   * The candidate while it has weight, for those who are sent to it regardless of the weights; what
   * has no weights stays with the other one.
   */
  readonly candidate: Workload | null;
  /** Who reaches the candidate by a header; null: nobody. */
  readonly testers: Testers | null;
  /**
   * Cookie that keeps users where they were sent first; null: every request is distributed anew.
   */
  readonly cookie: Cookie | null;
}

/** All traffic to one, without testers or users who stay elsewhere; the others have weight 0. */
export const allTo = (workload: Workload, workloads: readonly Workload[]): Routing => ({
  weights: Object.fromEntries(workloads.map((each) => [each, each === workload ? 100 : 0])),
  candidate: null,
  testers: null,
  cookie: null,
});

/** The workloads behind the entrances, in the order in which they are written. */
export const workloadsIn = ({ weights }: Pick<Routing, "weights">): readonly Workload[] =>
  WORKLOADS.filter((workload) => weights[workload] !== undefined);

/** What an entrance says of the traffic. */
export interface TrafficFound {
  /** Percent by workload; empty where it leads to none. */
  readonly weights: Weights;
  /** What other rules of the same entrance say instead, as after an edit by hand. */
  readonly others: readonly Weights[];
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
 * How one kind of entrance gives traffic to versions: how it is written and read. Pure; the
 * program, the guard and `zd` do the work.
 */
export interface EntranceKind {
  readonly object: ObjectKind;
  /** Annotations of the object that only Pulumi's provider reads. */
  readonly annotations: Readonly<Record<string, string>>;
  /**
   * The whole spec, as the program writes it: as the files have it, but for who serves.
   *
   * @param services those that follow the traffic
   */
  readonly spec: (entrance: Entrance, services: Services, routing: Routing) => Spec;
  /** The one field of it that moves traffic, for the guard and `zd`, which write nothing else. */
  readonly write: (entrance: Entrance, services: Services, routing: Routing) => Spec;
  /** The name of that field. Its owner in the managed fields is who moved the traffic. */
  readonly field: string;
  /** Parses the spec of the object in the cluster, whoever wrote it, into who gets how much. */
  readonly read: (entrance: Entrance, services: Services) => z.ZodType<TrafficFound>;
  /** What the object says once a routing is written. */
  readonly gives: (routing: Routing) => Weights;
}

/**
 * One way to give the public traffic to versions, as config chooses it: what leads there if nobody
 * has manifests, and what can be done with it.
 */
export interface TrafficBackend<Config extends TrafficConfig> extends EntranceKind {
  /** What is needed to use it, as in "use a Gateway of the Gateway API". */
  readonly title: string;
  readonly can: Capabilities;
  /** The keys of `traffic` in config. */
  readonly config: z.ZodType<Config>;
  /**
   * What is wrong across keys, in a config whose keys are each valid.
   *
   * @param hasManifests whether the entrances stand in files, and not in config
   */
  readonly problems: (config: Config, hasManifests: boolean) => readonly TrafficProblem[];
  /**
   * The entrances of an application that config describes itself, without manifests. What config
   * leaves out is left out.
   *
   * @param app its name, which the public object has
   */
  readonly simple: (app: string, config: DeepReadonly<Partial<Config>>) => Entrances;
  /** Where the probe sends requests: the same way in as the public's. */
  readonly address: (config: Config, namespace: string, entrances: Entrances) => Address;
}

/** The right to read objects, and to apply fields of them. */
export const readAndApply = (
  { group, resource }: ObjectKind,
  resourceNames: readonly string[],
): RoleRule => ({
  apiGroups: [group],
  resources: [resource],
  resourceNames: [...resourceNames],
  verbs: ["get", "patch"],
});
