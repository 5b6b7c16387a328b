import { describePlace, placeOf } from "../../release/place.ts";
import { releaseAt } from "../../release/release-at.ts";
import { activeSlot, other, type Slot } from "../../release/release.ts";
import { withSlot } from "../stack/config-file.ts";
import { configuredIn, migrationsIn, openContext, writeConfig } from "../stack/context.ts";
import type { Surroundings } from "../stages/enter-stage.ts";
import { standsAt } from "../stack/stack-state.ts";
import type { GlobalOptions } from "../stack/project.ts";
import { resolveDigest } from "../cluster/resolve-digest.ts";
import { readPast } from "../stack/stack.ts";
import { Trouble } from "../cli-error.ts";
import { refusedByGate } from "../moves/legal-moves.ts";

export interface CandidateOptions extends GlobalOptions {
  readonly version: string;
  readonly image: string;
  readonly schema?: string;
}

/**
 * `zd candidate`: names the version to take over, and its image by the digest that the tag has now.
 * Only writes config.
 */
export async function candidate(
  options: CandidateOptions,
  { say }: Pick<Surroundings, "say">,
): Promise<void> {
  const context = await openContext(options);
  const past = await readPast(context.project);
  const configured = configuredIn(context, past);
  const active = activeSlot(configured);
  const schema = options.schema ?? active.schema ?? undefined;
  const known = migrationsIn(context.project);
  if (schema !== undefined && !known.includes(schema))
    throw new Trouble(
      "usage",
      `Cannot take schema ${schema} as there is no such migration. Nothing was changed.`,
      `Migrations: ${known.join(", ") || "none"}.`,
    );
  const image = await resolveDigest(options.image);
  const slot: Slot = {
    colour: other(active.colour),
    version: options.version,
    image,
    schema: schema ?? null,
  };
  const stands = standsAt(past);
  const place = placeOf(stands ?? configured);
  const next = releaseAt(
    configured.from.colour === active.colour ? { ...configured, to: slot } : { ...configured, from: slot },
    place,
  );
  const reasons = refusedByGate(past, next);
  if (reasons.length > 0)
    throw new Trouble(
      "refused",
      [...reasons, "Nothing was changed."].join("\n"),
      "zd status shows where the release is.",
    );
  const edit = { version: slot.version, image, ...(schema === undefined ? {} : { schema }) };
  await writeConfig(context, withSlot(context.text, slot.colour, edit));
  say(
    `${slot.colour} is to run ${slot.version}: ${image}${schema === undefined ? "" : `, schema ${schema}`}`,
  );
  const newer = known.filter((id) => schema !== undefined && id > schema);
  if (options.schema === undefined && newer.length > 0)
    say(
      `It is taken to need the schema of ${active.version}; if it needs ${newer.join(" or ")}, say so with --schema.`,
    );
  say(
    place.phase === "stable"
      ? "Next: zd plan shows the first stage, zd next enters it."
      : `Next: zd to ${place.phase} runs ${describePlace(place)} once more, with the new image.`,
  );
}
