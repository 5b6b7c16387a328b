import { z } from "zod";
import { recordMark } from "../../../protocol/state/colour-record.ts";
import { COLOURS } from "../../../release/release.ts";

/** How large a state is. */
export interface StateBytes {
  readonly resources: number;
  /** As the engine keeps it: secrets encrypted, indented. */
  readonly state: number;
  /** Of both colours' records: the marks, and what the state has of their copies in the cluster. */
  readonly records: number;
}

const exported = z.object({
  deployment: z.object({ resources: z.array(z.looseObject({ urn: z.string() })) }),
});

/** @param text what `pulumi stack export` prints */
export function stateBytes(text: string): StateBytes {
  const { resources } = exported.parse(JSON.parse(text)).deployment;
  const isRecord = ({ urn }: { urn: string }) =>
    COLOURS.some((colour) => urn.endsWith(`::${recordMark(colour)}`));
  return {
    resources: resources.length,
    state: Buffer.byteLength(text),
    records: resources
      .filter(isRecord)
      .reduce((sum, resource) => sum + Buffer.byteLength(JSON.stringify(resource)), 0),
  };
}
