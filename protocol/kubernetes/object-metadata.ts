import { PROGRAM_MANAGER } from "../field-managers.ts";
import { appLabels, type Form } from "../labels.ts";

/** Whose objects they are, and where. */
export interface ObjectsPlace {
  readonly app: string;
  readonly namespace: string;
  /** Absent: simple. */
  readonly form?: Form;
}

/** Text is a string, or what becomes one while a program runs. */
interface MetadataOptions<Text> {
  readonly labels?: Readonly<Record<string, Text>>;
  readonly annotations?: Readonly<Record<string, Text>>;
}

/** Metadata of an object of the release, with the labels that each has. */
export function objectMetadata<Text = string>(
  { app, namespace, form }: ObjectsPlace,
  name: Text,
  options: MetadataOptions<Text | string> = {},
) {
  return {
    name,
    namespace,
    labels: { ...appLabels(app, form), ...options.labels },
    annotations: { "pulumi.com/patchFieldManager": PROGRAM_MANAGER, ...options.annotations },
  };
}

/**
 * Has every attempt write the object anew, so that manual edits, and what a killed `up` left in the
 * cluster, do not survive it.
 */
export const numbered = (number: number) => ({ "zero-downtime/number": String(number) });

/** The provider's own wait for a Service proves nothing, and costs ten seconds. */
export const NOT_AWAITED = { "pulumi.com/skipAwait": "true" };

/**
 * A condition that always holds. With skipAwait the engine would not wait for the deletion either,
 * and an `up` that soon creates the Deployment again would write to one that is about to vanish.
 */
export const AWAITED_AT_ITS_END_ONLY = { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" };
