/**
 * A program for start.test.ts: says on which Node it runs and ends with the code it is given, or
 * waits to be ended.
 */
process.stdout.write(`${process.version}\n`);
if (process.argv[2] === "wait") setInterval(() => undefined, 1000);
else process.exitCode = Number(process.argv[2]);
