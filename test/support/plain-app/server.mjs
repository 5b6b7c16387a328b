// An application without a database: every path is a page that says who answers.
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const { PORT = "8080", ZERO_DOWNTIME_COLOUR: colour = "", ZERO_DOWNTIME_VERSION: version = "" } = process.env;
let isDraining = false;

// Longer than any gateway keeps an idle connection: Envoy does for an hour. Unused ones end by the
// other two.
const patience = 3_900_000;
const limits = { keepAliveTimeout: patience, headersTimeout: patience, requestTimeout: patience };

const server = createServer(limits, (request, response) => {
  const isReady = request.url !== "/readyz" || !isDraining;
  response.writeHead(isReady ? 200 : 503, {
    "x-colour": colour,
    "x-version": version,
    ...(isDraining ? { connection: "close" } : {}),
  });
  response.end(`This is ${version} in ${colour}.\n`);
});
server.listen(Number(PORT));

process.once("SIGTERM", async () => {
  // Whoever holds a connection is told to leave with his next answer before it is closed.
  isDraining = true;
  await pause(3_000);
  server.close(() => process.exit(0));
});
