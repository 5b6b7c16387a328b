import * as fs from "node:fs";
import { readIfThere } from "./process-identity.ts";

/** An address on which a part of the environment listens. */
export interface Listener {
  readonly address: string;
  readonly port: number;
}

/** A TCP socket in state LISTEN. */
export interface OpenSocket extends Listener {
  readonly inode: string;
}

/**
 * The listening sockets of /proc/net/tcp or tcp6 (addresses there are little-endian
 * hexadecimal words).
 */
export function parseListening(table: string): OpenSocket[] {
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A")
    .map((fields) => {
      const [address = "", port = "0"] = (fields[1] ?? "").split(":");
      return { address: decodeAddress(address), port: Number.parseInt(port, 16), inode: fields[9] ?? "" };
    });
}

function decodeAddress(hex: string): string {
  if (hex.length === 8) return bytesOf(hex).join(".");
  if (/^0{32}$/.test(hex)) return "::";
  // An IPv4 address in IPv6 clothes listens for IPv4 as well.
  if (hex.startsWith("0000000000000000FFFF0000")) return bytesOf(hex.slice(24)).join(".");
  return `[${hex.toLowerCase()}]`;
}

function bytesOf(littleEndianWord: string): number[] {
  const bytes = littleEndianWord.match(/../g) ?? [];
  return bytes.map((byte) => Number.parseInt(byte, 16)).reverse();
}

/** Whether a socket stands in the way of a listener. */
export function blocks(socket: Listener, wanted: Listener): boolean {
  const everywhere = socket.address === "0.0.0.0" || socket.address === "::";
  return socket.port === wanted.port && (everywhere || socket.address === wanted.address);
}

/** The listening sockets of this machine. */
export function openSockets(): OpenSocket[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => parseListening(readIfThere(file) ?? ""));
}

/** The process that holds a socket, if this user may see it. */
export function holderOf(socket: OpenSocket): { pid: number; command: string } | undefined {
  const wanted = `socket:[${socket.inode}]`;
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!descriptorsOf(pid).includes(wanted)) continue;
    const command = (readIfThere(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim();
    return { pid: Number(pid), command: command.slice(0, 120) };
  }
  return undefined;
}

function descriptorsOf(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return fs.readdirSync(folder).map((name) => readLink(`${folder}/${name}`));
  } catch {
    return []; // Ended meanwhile, or another user's: not visible is no answer.
  }
}

function readLink(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return ""; // Closed meanwhile.
  }
}

/** The sockets that a process holds; none of one that ended, or is not ours to see. */
export function inodesOf(pid: number): string[] {
  return descriptorsOf(String(pid)).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}

/** One message for a port that somebody else holds. */
export function portTakenMessage(
  part: string,
  socket: Listener,
  holder: { pid: number; command: string } | undefined,
): string {
  const who =
    holder === undefined
      ? "a process that is not visible from here"
      : `pid ${holder.pid} (${holder.command})`;
  const advice = holder === undefined ? "Stop it" : `Stop it (kill ${holder.pid})`;
  return (
    `Cannot start ${part} as port ${socket.port} on ${socket.address} is taken: it is held by ${who}. ` +
    `${advice}, then type: npm run local -- up`
  );
}
