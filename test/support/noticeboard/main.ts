// An application as teams have it, for journeys: it knows nothing of colours. The first word of its
// command line says what it does; without one it is the board.

/** Each loads what it needs: a probe begins often, and in little memory. */
const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  book: async () => (await import("./book.ts")).serveBook(),
  await: async (args) => (await import("./await-port.ts")).awaitPort(args),
  exporter: async (args) => (await import("./exporter.ts")).serveNumbers(args),
  check: async ([kind, address = ""]) => {
    const { checkGrpc, checkHttp } = await import("./check.ts");
    await (kind === "grpc" ? checkGrpc(address) : checkHttp(address));
  },
};

const args = process.argv.slice(2);
const command = COMMANDS[args[0] ?? ""];
try {
  await (command ? command(args.slice(1)) : (await import("./board.ts")).serveBoard(args));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
