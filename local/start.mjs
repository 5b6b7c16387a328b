// Makes `npm run …` work in a fresh clone: installs the dependencies when they are missing or old,
// then runs the given TypeScript file on the pinned Node. Plain JavaScript, as it starts on
// whatever Node (18 or newer) is there.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, "node_modules");
const pinnedNode = path.join(modules, "node", "bin", "node");
const stamp = path.join(modules, ".lock-hash");
const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
const INSTALL_LIMIT_MILLISECONDS = 15 * 60_000;

/** @param {string} file */
function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * What of the lock file is not installed as it says; optional packages (other platforms)
 * may be absent.
 *
 * @param {{packages: Record<string, {version?: string, optional?: boolean, link?:
 *   boolean}>}} wanted
 * @param {{packages: Record<string, {version?: string}>} | undefined} installed
 */
export function outdatedPackages(wanted, installed) {
  // The packages of this repository itself, such as local/, are not installed but linked.
  return Object.entries(wanted.packages)
    .filter(([name, entry]) => name.includes("node_modules/") && !entry.link)
    .filter(([name, entry]) => {
      const present = installed?.packages?.[name];
      return present === undefined ? !entry.optional : present.version !== entry.version;
    })
    .map(([name]) => name.replace(/^.*node_modules\//, ""));
}

function lockHash() {
  return createHash("sha256")
    .update(fs.readFileSync(path.join(root, "package-lock.json")))
    .digest("hex");
}

function upToDate() {
  if (!fs.existsSync(pinnedNode)) return false;
  const hash = lockHash();
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8").trim() === hash) return true;
  const wanted = readJson(path.join(root, "package-lock.json"));
  const installed = readJson(path.join(modules, ".package-lock.json"));
  if (outdatedPackages(wanted, installed).length > 0) return false;
  fs.writeFileSync(stamp, `${hash}\n`);
  return true;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** One install at a time in a checkout; a second start waits for the first. */
async function withInstallLock(action) {
  const folder = path.join(root, ".build");
  fs.mkdirSync(folder, { recursive: true });
  const lock = path.join(folder, "install.lock");
  const deadline = Date.now() + INSTALL_LIMIT_MILLISECONDS;
  let said = false;
  for (;;) {
    try {
      fs.writeFileSync(lock, `${process.pid}`, { flag: "wx" });
      break;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    let holder = Number.NaN;
    try {
      holder = Number(fs.readFileSync(lock, "utf8"));
    } catch {
      continue; // Released just now: try again at once.
    }
    if (Number.isInteger(holder) && holder > 0 && !isAlive(holder)) {
      fs.rmSync(lock, { force: true });
      continue;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `Cannot install as another start (pid ${holder}) has been installing for 15 minutes. Remove ${lock} if it is gone.`,
      );
    }
    if (!said)
      process.stderr.write(`Another start (pid ${holder}) is installing the dependencies; waiting for it.\n`);
    said = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  try {
    return await action();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

function npmCi() {
  const count = Object.keys(readJson(path.join(root, "package-lock.json")).packages).length - 1;
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  process.stderr.write(`Installing ${count} npm packages into ${modules} (npm ci)\n`);
  const live = process.stderr.isTTY;
  const ticker = live
    ? setInterval(() => process.stderr.write(`\r  npm ci … ${seconds()} `), 1000)
    : undefined;
  return new Promise((resolve, reject) => {
    // The launching npm's own settings (npm_config_*, such as a script's --silent) must not reach
    // the inner npm's log level.
    const child = spawn("npm", ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stop = (signal) => {
      child.kill(signal);
      process.stderr.write(`\nStopped while installing; the next start installs again.\n`);
      process.exit(130);
    };
    for (const signal of signals) process.once(signal, stop);
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (ticker) clearInterval(ticker);
      for (const signal of signals) process.off(signal, stop);
      if (code === 0) {
        process.stderr.write(`${live ? "\r" : ""}  npm ci: done in ${seconds()}\n`);
        resolve(undefined);
      } else {
        reject(
          new Error(
            `Cannot install the dependencies as "npm ci" ended with ${signal ?? code}. Its output:\n${output.trim()}`,
          ),
        );
      }
    });
  });
}

async function install() {
  if (upToDate()) return;
  await withInstallLock(async () => {
    if (upToDate()) return;
    await npmCi();
    if (!fs.existsSync(pinnedNode)) {
      // Installed without install scripts: the package "node" then has its binary in a package of
      // its own.
      const setup = path.join(modules, "node", "installArchSpecificPackage.js");
      spawnSync(process.execPath, [setup], { cwd: path.dirname(setup), stdio: "ignore" });
    }
    if (!fs.existsSync(pinnedNode)) {
      throw new Error(`Cannot start as npm ci left no Node at ${pinnedNode}. Is this machine Linux on x64?`);
    }
    fs.writeFileSync(stamp, `${lockHash()}\n`);
  });
}

function run(file, args) {
  const child = spawn(pinnedNode, [path.resolve(root, file), ...args], { stdio: "inherit" });
  for (const signal of signals) {
    process.on(signal, () => {
      // On a terminal the child has had the same Ctrl-C already.
      if (!(signal === "SIGINT" && process.stdin.isTTY)) child.kill(signal);
    });
  }
  child.once("error", (error) => {
    process.stderr.write(`Cannot start ${pinnedNode}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once("close", (code, signal) => {
    if (signal) process.exit(128 + (os.constants.signals[signal] ?? 0));
    process.exit(code ?? 1);
  });
}

async function main() {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) {
    process.stderr.write("usage: node local/start.mjs <file.ts> [arguments]\n");
    process.exitCode = 2;
    return;
  }
  try {
    await install();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    return;
  }
  run(file, args);
}

// realpath: npm and shells may reach this file through a symbolic link.
if (process.argv[1] !== undefined && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  await main();
