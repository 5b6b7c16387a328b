import type { Json } from "../../../release/release.ts";
import { containersOf, objectsIn, type PodTemplate } from "./containers.ts";

/** The number of a port that the pods' containers name; null where none does. */
export function portNamed(template: PodTemplate, name: string): number | null {
  const ports = containersOf(template).flatMap(({ object }) => objectsIn(object["ports"]));
  const number = ports.find((port) => port["name"] === name)?.["containerPort"];
  return typeof number === "number" ? number : null;
}

/** The port of the pods behind a port of a Service; null where its name is no port of theirs. */
export function targetOf(template: PodTemplate, port: { readonly [key: string]: Json }): number | null {
  const target = port["targetPort"] ?? port["port"];
  return typeof target === "string"
    ? portNamed(template, target)
    : typeof target === "number"
      ? target
      : null;
}
