import { blocks, holderOf, inodesOf, openSockets, portTakenMessage, type OpenSocket } from "./listeners.ts";
import { markedProcesses } from "./marked-processes.ts";
import type { Context, Part } from "./part.ts";

/** @throws {Error} naming the first port that a part needs and somebody else holds */
export function refuseTakenPorts(context: Context, parts: readonly Part[]): void {
  const own = new Set(markedProcesses(context.folders.run).flatMap(({ pid }) => inodesOf(pid)));
  const foreign = openSockets().filter((socket) => !own.has(socket.inode));
  const taken = firstTaken(parts, foreign);
  if (taken !== undefined) {
    throw new Error(portTakenMessage(taken.part, taken.socket, holderOf(taken.socket)));
  }
}

/** The first part that a socket stands in the way of. */
export function firstTaken(
  parts: readonly Pick<Part, "name" | "listens">[],
  sockets: readonly OpenSocket[],
): { part: string; socket: OpenSocket } | undefined {
  for (const { name, listens } of parts) {
    const socket = sockets.find((each) => listens?.some((wanted) => blocks(each, wanted)) === true);
    if (socket !== undefined) return { part: name, socket };
  }
  return undefined;
}
