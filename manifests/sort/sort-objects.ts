import type { SortedObjects, SortOptions } from "../application.ts";
import { byPlace, type Finding, type ManifestObject } from "../kube-object.ts";
import { budgetsOf } from "./budgets.ts";
import { findWeb } from "./find-web.ts";
import { kindRefusals, laterRefusals } from "./kinds.ts";
import { withoutLeftOut } from "./left-out.ts";
import { nameRefusals, takenNames } from "./names.ts";
import { admissionNotes, targetNotes } from "./policies.ts";
import { routeRefusals, routesOf } from "./routes.ts";
import { followedServices } from "./services.ts";
import { versionedOf } from "./versioned.ts";
import { migrationRefusals } from "./web/migration-tools.ts";
import { readinessRefusals } from "./web/readiness.ts";
import { containerOf } from "./web/serving.ts";
import { templateRefusals } from "./web/template-refusals.ts";
import { volumeFindings } from "./web/volumes.ts";

/**
 * Tells what each object of the files becomes in a release: the Deployment that users reach, what
 * leads to it, what each version has of its own, and what all versions share. Refused is what no
 * release can work with, as far as the files show it.
 */
export function sortObjects(objects: readonly ManifestObject[], options: SortOptions): SortedObjects {
  const kept = withoutLeftOut(objects, options);
  const present = kept.value;
  const web = findWeb(present, options);
  const first = {
    refusals: [...kindRefusals(present, options), ...nameRefusals(present), ...web.refusals],
    notes: kept.notes,
  };
  if (web.value === null) return { application: null, ...told([first]) };
  return applicationAround(web.value, present, objects, options, first);
}

type Told = Omit<SortedObjects, "application">;

function applicationAround(
  web: ManifestObject,
  objects: readonly ManifestObject[],
  all: readonly ManifestObject[],
  options: SortOptions,
  first: Told,
): SortedObjects {
  const services = followedServices(objects, all, web, options);
  const routes = routesOf(objects, services.value);
  const budgets = budgetsOf(objects, web);
  const versioned = versionedOf(objects, all, web, options.unversioned);
  const container = containerOf(web, services.value[0], options.container);
  const findings = told([
    first,
    services,
    budgets,
    versioned,
    container,
    volumeFindings(web, objects),
    {
      refusals: [
        ...laterRefusals(objects, web, services.value, options.shared),
        ...takenNames(objects, web.object.metadata.name),
        ...routeRefusals(routes, services.value),
        ...templateRefusals(web),
        ...readinessRefusals(web, services.value, routes),
        ...(options.migrates ? [] : migrationRefusals(web)),
      ],
      notes: [...admissionNotes(objects, web), ...targetNotes(objects, web, services.value, routes)],
    },
  ]);
  if (findings.refusals.length > 0 || container.value === null) return { application: null, ...findings };
  const released = new Set([web, ...services.value, ...routes, ...budgets.value, ...versioned.value]);
  return {
    application: {
      web,
      container: container.value,
      services: services.value,
      routes,
      budgets: budgets.value,
      versioned: versioned.value,
      shared: objects.filter((one) => !released.has(one)),
    },
    ...findings,
  };
}

/** All that is told, in the order of the files. */
function told(parts: readonly Told[]): Told {
  const inOrder = (findings: readonly Finding[]) => findings.toSorted(byPlace);
  return {
    refusals: inOrder(parts.flatMap(({ refusals }) => refusals)),
    notes: inOrder(parts.flatMap(({ notes }) => notes)),
  };
}
