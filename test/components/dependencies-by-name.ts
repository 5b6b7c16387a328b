import { getMonitor } from "@pulumi/pulumi/runtime/settings.js";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";

type Register = (request: RegisterResourceRequest, answer: unknown) => Promise<void>;

/**
 * The names of what each resource waits for, as the engine is told them: filled while a program
 * runs. To be called after `setMocks`.
 */
export function dependenciesByName(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const monitor = getMonitor() as unknown as { registerResource: Register };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, answer) => {
    const names = request.getDependenciesList().map((urn) => urn.split("::").at(-1) ?? urn);
    found.set(request.getName(), names.sort());
    return register(request, answer);
  };
  return found;
}
