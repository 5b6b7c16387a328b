import { imageReference } from "../../../protocol/kubernetes/image-reference.ts";
import { prepareContainers, type PodTemplate } from "./containers.ts";
import { prepared, type Prepared } from "../told.ts";

/**
 * The repository of an image, whichever tag or digest of it is meant: `nginx`, `nginx:1.27` and
 * `docker.io/library/nginx@sha256:…` are of the same. A text that is no image (a placeholder that a
 * tool fills in) is of its own.
 */
function repositoryOf(image: string): string {
  try {
    const { registry, repository } = imageReference(image);
    return `${registry}/${repository}`;
  } catch (error) {
    if (error instanceof RangeError) return image;
    throw error;
  }
}

/**
 * Gives the slot's image to the application's container, and to every other container of the same
 * repository: a migration check or a worker beside it is of the same version.
 */
export function withImage(template: PodTemplate, application: string, image: string): Prepared<PodTemplate> {
  const written = imageOf(template, application);
  const repositories = [image, ...(written === undefined ? [] : [written])].map(repositoryOf);
  return prepareContainers(template, ({ name, title, object }) => {
    const own = object["image"];
    const isApplication = name === application;
    const isSame = typeof own === "string" && repositories.includes(repositoryOf(own));
    if (!isApplication && !isSame) return prepared(object);
    const why = isApplication
      ? "it is the one of config; the image in the files is not read"
      : `of the same repository as container ${application}, so of the same version`;
    return prepared({ ...object, image }, { added: [{ what: `${title}: the version's image`, why }] });
  });
}

function imageOf({ spec }: PodTemplate, application: string): string | undefined {
  const containers = spec["containers"] as readonly { readonly name: string; readonly image?: string }[];
  return containers.find(({ name }) => name === application)?.image;
}
