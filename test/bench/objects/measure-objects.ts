import type { Place } from "../stages/walks.ts";
import { addressBookConfig, createAddressBook, type Images } from "../../support/journey/address-book.ts";
import type { Outcome, Stack } from "../../support/journey/stack.ts";
import { DeployFolder } from "../../support/manifests/deploy-folder.ts";
import { noticeboardConfig } from "../../support/manifests/noticeboard.ts";
import type { Target } from "../../support/target.ts";
import { median } from "../schema/statistics.ts";
import { growFolder, NOTICEBOARD } from "./grown-folder.ts";
import { stateBytes, type StateBytes } from "./state-bytes.ts";

/** Namespace and stack of a measurement. */
const NAME = "bench-objects";

/** What is timed, in the order in which it is done. */
export const COMMANDS = [
  "installation",
  "preview, unchanged",
  "up, unchanged",
  "preview of deploy",
  "deploy",
  "switch",
  "back to deploy",
  "back to stable",
] as const;
export type TimedCommand = (typeof COMMANDS)[number];

/** A release and its way back, which ends where it began. */
const RELEASE: readonly (readonly [TimedCommand, Place])[] = [
  ["deploy", { phase: "deploy", active: "blue" }],
  ["switch", { phase: "switch", active: "green" }],
  ["back to deploy", { phase: "deploy", active: "blue" }],
  ["back to stable", { phase: "stable", active: "blue" }],
];

/** What so many objects in the manifests cost. */
export interface ObjectsFigures {
  readonly objects: number;
  /** By the command's own time; of several, the one in the middle. */
  readonly seconds: Readonly<Record<TimedCommand, number>>;
  /** In `switch`, with the objects of both versions. */
  readonly bytes: StateBytes;
}

/** What a measurement is done with. */
export interface MeasureOptions {
  readonly target: Target;
  readonly images: Images;
  readonly jobsImage: string;
  /** How often what changes nothing is done. */
  readonly repeats: number;
  readonly say: (line: string) => void;
  /** Throws where nothing more is to be measured. */
  readonly check: () => void;
}

/**
 * Installs the noticeboard with so many objects in its folder, and walks there and back through a
 * release that changes every text of them. In the end stack and namespace are gone again.
 *
 * @throws {Error} where a command fails
 */
export async function measureObjects(objects: number, options: MeasureOptions): Promise<ObjectsFigures> {
  const { target, images, jobsImage } = options;
  const folder = new DeployFolder();
  try {
    const writeEdition = await growFolder(folder, objects, target);
    const { stack, remove } = await createAddressBook(target, NAME, images, {
      ...addressBookConfig(target, NAME, images),
      ...noticeboardConfig(NOTICEBOARD, folder, images),
      traffic: { mode: "service" },
      jobs: { image: jobsImage },
      soak: 0,
    });
    try {
      return await walk(stack, objects, writeEdition, options);
    } finally {
      await remove();
    }
  } finally {
    folder.forget();
  }
}

async function walk(
  stack: Stack,
  objects: number,
  writeEdition: (edition: number) => void,
  { repeats, say, check }: MeasureOptions,
): Promise<ObjectsFigures> {
  const taken = new Map<TimedCommand, number[]>();
  const timed = async (command: TimedCommand, run: () => Promise<Outcome>) => {
    check();
    const { isOk, text, seconds } = await run();
    check();
    if (!isOk) throw new Error(`Cannot measure ${command} with ${objects} objects as it failed:\n${text}`);
    taken.set(command, [...(taken.get(command) ?? []), seconds]);
    say(`${objects} objects, ${command}: ${seconds.toFixed(2)} s`);
  };
  await timed("installation", () => stack.up());
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    await timed("preview, unchanged", () => stack.preview());
    await timed("up, unchanged", () => stack.up());
  }
  writeEdition(2);
  let exported = "";
  for (const [command, place] of RELEASE) {
    await stack.configure({ ...place });
    if (command === "deploy") await timed("preview of deploy", () => stack.preview());
    await timed(command, () => stack.up());
    if (command === "switch") exported = await stack.exportState();
  }
  const middles = COMMANDS.map((command) => [command, median(taken.get(command) ?? [])] as const);
  return {
    objects,
    seconds: Object.fromEntries(middles) as ObjectsFigures["seconds"],
    bytes: stateBytes(exported),
  };
}
