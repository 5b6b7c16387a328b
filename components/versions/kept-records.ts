import type { Config } from "../../protocol/config/config-schema.ts";
import { isRecordOf } from "../../protocol/state/colour-record.ts";
import { activeSlot, idleSlot, isMoving, slotOf, type Colour, type Release } from "../../release/release.ts";
import type { Past, Records } from "../past.ts";
import { recordOf } from "./record-of.ts";
import { simpleVersionOf } from "./simple-version-of.ts";

type ProgramConfig = Omit<Config, "databasePasswords">;

/**
 * The records of what serves, or may serve again; in `stable` the idle colour's is forgotten. Where
 * config has come to name manifests, what serves stays what config said of it until then.
 */
export function keptRecords(config: ProgramConfig, release: Release, past: Past): Records {
  const idle = isMoving(release) ? idleSlot(release) : null;
  const found = Object.fromEntries(
    [activeSlot(release), ...(idle ? [idle] : [])].flatMap(({ colour }) => {
      const record = past.records[colour];
      return record ? [[colour, record] as const] : [];
    }),
  );
  return { ...adopted(config, release, past), ...found };
}

/**
 * The record of what serves and was described by config. An attempt that was killed may have
 * written it already, and an upgrade of the program must not change it.
 */
function adopted(config: ProgramConfig, release: Release, past: Past): Records {
  const before = past.completed?.release;
  const slot = activeSlot(release);
  // In mid-release nothing of what its versions are known by may change.
  const isToAdopt = before && !isMoving(before) && config.manifests !== "";
  const isSimple = isToAdopt && activeSlot(before).content === undefined;
  if (!isSimple || activeSlot(before).colour !== slot.colour) return {};
  const settings = before.settings as unknown as Pick<ProgramConfig, "app" | "traffic" | "database">;
  const objects = simpleVersionOf({ ...config, ...settings }, activeSlot(before));
  return { [slot.colour]: recordOf(past.key, activeSlot(before), config.app.name, objects) };
}

/** What tells whether a record should be there. */
interface Expectation {
  /** The colour whose record is made in this stage. */
  readonly prepared: Colour | null;
  /**
   * The completed stage; null: there is none. Of one that was only entered a record may be missing,
   * as nothing is made before it is written.
   */
  readonly before: Release | null;
  /** The state was lost, and the records are those that the cluster has copies of. */
  readonly isLost: boolean;
}

/**
 * Colours that were prepared from manifests and whose record is gone: they must not be made from
 * config instead.
 */
export function lostRecords(
  release: Release,
  records: Records,
  { prepared, before, isLost }: Expectation,
): string[] {
  const needed = isMoving(release) ? [release.from, release.to] : [release.from];
  return needed.flatMap((slot) => {
    const { colour, version } = slot;
    const record = records[colour];
    if (colour === prepared || (record && (!isLost || isRecordOf(record, slot)))) return [];
    const secret = `in a Secret named after the application with "record-${colour}"`;
    if (isLost)
      return [
        `Cannot recover ${colour} as the cluster has no copy of what ${version} was prepared from, ${secret}: ` +
          `nobody knows what its pods are made of. Bring that Secret back from a backup, or restore the state itself.`,
      ];
    const made = before && slotOf(before, colour);
    if (made?.version !== version || made.content === undefined) return [];
    return [
      `Cannot make ${colour} as the record of what ${version} was prepared from is missing in the stack's state. ` +
        `A copy is in the cluster, ${secret}; restore the state from a backup, or start a new one with zero-downtime:recover.`,
    ];
  });
}
