import { z } from "zod";
import type { FilesConfig } from "../../manifests/version-from-files.ts";
import { configSchema } from "../../protocol/config/config-schema.ts";
import { partOf } from "./stack-config.ts";

const { app, database, namespace, manifests, replicas, services, unversioned, shared, ignore, images } =
  configSchema.shape;

/** Of `app`, what is about manifests; the rest may be encrypted, or the program's to refuse. */
const ofManifests = app
  .pick({
    name: true,
    container: true,
    migrates: true,
    preStopSeconds: true,
    longestRequestSeconds: true,
    minReadySeconds: true,
  })
  .strip();

/** What the manifests are read and prepared by, as the program takes it. */
export const filesConfig = z.object({
  ...{ namespace, manifests, replicas, services, unversioned, shared, ignore, images, database },
  app: ofManifests,
});

/**
 * The same of a stack's config.
 *
 * @param text of Pulumi.<stack>.yaml
 * @throws {Trouble} naming every key that is missing or wrong
 */
export const filesConfigOf = (text: string, file: string): FilesConfig => partOf(filesConfig, text, file);
