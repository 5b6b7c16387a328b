import { fileURLToPath } from "node:url";
import { gatherContext } from "../../../components/jobs/jobs-image.ts";
import { up } from "../../../local/environment.ts";
import { silentReport } from "../../../local/report.ts";
import type { ExampleVersion } from "../../../example/build.ts";
import { buildExample, type Images } from "./address-book.ts";
import { buildNoticeboard } from "../noticeboard/build.ts";
import { localTarget, type Target } from "../target.ts";

// Made once a mocha run: every journey begins with the same images on the same cluster.
const made = new Map<string, Promise<unknown>>();

function once<T>(key: string, make: () => Promise<T>): Promise<T> {
  const known = made.get(key) ?? make();
  made.set(key, known);
  return known as Promise<T>;
}

/** The one-machine environment, started where it does not run. */
export const theTarget = (): Promise<Target> =>
  once("target", async () => localTarget(await up(silentReport)));

/** Both versions of the address book without a fault. */
export const goodImages = (target: Target): Promise<Images> =>
  once("good", async () => ({ v1: await buildExample(target, "v1"), v2: await buildExample(target, "v2") }));

/** A version that goes wrong in the given way (example/server/fault.ts), or in none. */
export async function faultyImage(target: Target, version: ExampleVersion, fault: string): Promise<string> {
  // One build at a time: they share their context's folder. And one of each: another
  // would move the tag.
  const good = await goodImages(target);
  if (fault === "") return good[version];
  return once(`faulty ${version} ${fault}`, () => buildExample(target, version, fault));
}

/** An application without a database. */
export const plainAppImage = (target: Target): Promise<string> =>
  once("plain", () => {
    const context = fileURLToPath(new URL("../plain-app/", import.meta.url));
    return target.buildImage({ context, tag: "plain-app:1", buildArgs: { BASE: target.nodeImage } });
  });

/** Two versions of the noticeboard, which knows nothing of colours. */
export const noticeboardImages = (target: Target): Promise<Images> =>
  once("noticeboard", async () => {
    const context = await buildNoticeboard();
    const version = (number: string) =>
      target.buildImage({
        context,
        tag: `noticeboard:${number}`,
        buildArgs: { BASE: target.nodeImage, VERSION: number },
      });
    return { v1: await version("1.0.0"), v2: await version("2.0.0") };
  });

/** The jobs image, as the program would build it. */
export const jobsImage = (target: Target): Promise<string> =>
  once("jobs", async () => {
    const { content, context } = await gatherContext(process.cwd());
    const buildArgs = { BASE: target.nodeImage };
    return target.buildImage({ context, tag: `zero-downtime-jobs:${content}`, buildArgs });
  });
