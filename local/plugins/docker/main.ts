// A stand-in for the official Pulumi provider plugin `docker`, 5.2.0: only the resource Image.
//
// Builds with a Docker daemon where one answers, else with buildah (which needs no daemon, and
// talks http to registries on this machine, as Docker does). Like there, a preview builds nothing
// by default but wants a builder, an update builds and pushes again, deleting does nothing.
// Left out, and refused: all other resources and functions. Left out, and not noticed: `cacheFrom`
// with buildah, `builderVersion`, certificates and SSH options of the provider.
import { Engine } from "../protocol/engine.ts";
import { serve } from "../protocol/serve.ts";
import { DockerProvider } from "./docker-provider.ts";

await serve((engine) => new DockerProvider(engine), new Engine());
