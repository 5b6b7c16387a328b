// The users of a measurement, in a process of their own: they write until the input ends, and then
// tell each write. Arguments: port, database, rows, writes a second.
import { once } from "node:events";
import { Writers } from "./writers.ts";

const [port, name = "", rows, writesPerSecond] = process.argv.slice(2);
const writers = await Writers.begin({ port: Number(port), name }, Number(rows), Number(writesPerSecond));
process.stdin.resume();
await once(process.stdin, "end");
await writers.end();
process.stdout.write(JSON.stringify(writers.take()));
