import { blocks, holderOf, inodesOf, openSockets, portTakenMessage, type OpenSocket } from "./listeners.ts";
import { markedProcesses } from "./owned-processes.ts";
import { waitUntil } from "./wait-until.ts";
import type { Context, Part } from "../component.ts";

/** A process that was just killed holds its ports a moment longer than its name. */
const PATIENCE_MILLISECONDS = 3000;

/** @throws {Error} naming the first port that a part needs and somebody else holds */
export async function refuseTakenPorts(context: Context, parts: readonly Part[]): Promise<void> {
  let taken = firstTaken(parts, foreignSockets(context));
  const isFree = async () => {
    taken = firstTaken(parts, foreignSockets(context));
    return taken === undefined || holderOf(taken.socket) !== undefined ? undefined : "still held";
  };
  if (taken !== undefined) await waitUntil("a port", isFree, PATIENCE_MILLISECONDS).catch(() => undefined);
  if (taken !== undefined) {
    throw new Error(portTakenMessage(taken.part, taken.socket, holderOf(taken.socket)));
  }
}

function foreignSockets(context: Context): OpenSocket[] {
  const own = new Set(markedProcesses(context.folders.run).flatMap(({ pid }) => inodesOf(pid)));
  return openSockets().filter((socket) => !own.has(socket.inode));
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
