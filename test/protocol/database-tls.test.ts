import { spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { expect } from "chai";
import { askLedger } from "../../cli/cluster/ledger.ts";
import { connect } from "../../jobs/migrate/database/connect.ts";
import type { Database } from "../../protocol/config/config-schema.ts";
import { databaseTls } from "../../protocol/database-tls.ts";
import { loginSecrets } from "../support/cluster/login-secrets.ts";
import {
  connectAsSuperuser,
  launchPostgres,
  PASSWORD,
  type Server,
} from "../support/postgres/launch-postgres.ts";

describe("what an sslmode asks for", () => {
  it("is encryption by require whoever signed the server's certificate, as PostgreSQL's own clients do it", () => {
    expect(databaseTls("require")).to.deep.equal({ rejectUnauthorized: false });
  });

  it("is a look at the certificate where it says so, and at the name in it by verify-full alone", () => {
    expect(databaseTls("verify-full")).to.equal(true);
    const byAuthority = databaseTls("verify-ca");
    expect(byAuthority).to.include({ rejectUnauthorized: true });
    expect(byAuthority).to.have.property("checkServerIdentity").that.is.a("function");
  });

  it("is nothing by disable, and left to pg where nothing is said", () => {
    expect(databaseTls("disable")).to.equal(false);
    expect(databaseTls("")).to.equal(undefined);
  });

  it("is never guessed: a mode that is not known is refused", () => {
    for (const mode of ["prefer", "verify", "VERIFY-FULL"])
      expect(() => databaseTls(mode)).to.throw(
        RangeError,
        `sslmode "${mode}": it must be one of disable, require`,
      );
  });
});

/** How a connection under an sslmode ended: "connected", or the system's code of the refusal. */
type Door = (sslmode: Database["sslmode"]) => Promise<string>;

describe("a database whose certificate names another host", function () {
  this.timeout(60_000);
  const trusted = tls.getCACertificates("default");
  const folder = mkdtempSync(join(tmpdir(), "zero-downtime-tls-"));
  let server: Server;
  let authority: string;

  before(async () => {
    authority = makeCertificates(folder, "database.example");
    const [ssl_cert_file, ssl_key_file] = [join(folder, "server.crt"), join(folder, "server.key")];
    server = await launchPostgres({ fsync: "off", ssl: "on", ssl_cert_file, ssl_key_file });
    const superuser = await connectAsSuperuser(server.port, "postgres");
    await superuser.query(`CREATE ROLE shop_migrator LOGIN PASSWORD '${PASSWORD}'`);
    await superuser.end();
  });

  after(async () => {
    await server.end();
    rmSync(folder, { recursive: true });
  });

  afterEach(() => tls.setDefaultCACertificates(trusted));

  const throughJob: Door = async (sslmode) => {
    const variables: Readonly<Record<string, string>> = {
      PGHOST: "127.0.0.1",
      PGPORT: String(server.port),
      PGDATABASE: "postgres",
      PGUSER: "shop_migrator",
      PGPASSWORD: PASSWORD,
      PGSSLMODE: sslmode,
    };
    Object.assign(process.env, variables);
    try {
      const log = () => undefined;
      await (await connect("test", log, log, 0)).close();
      return "connected";
    } catch (error) {
      return /certificate is not to be trusted \((\w+)\)/.exec(String(error))?.[1] ?? String(error);
    } finally {
      for (const name of Object.keys(variables)) delete process.env[name];
    }
  };

  const throughZd: Door = async (sslmode) => {
    const database = { host: "127.0.0.1", port: server.port, name: "postgres", sslmode };
    try {
      await askLedger(loginSecrets, { database, namespace: "shop", app: { name: "shop" } }, async () => null);
      return "connected";
    } catch (error) {
      return (error as { readonly code?: string }).code ?? String(error);
    }
  };

  const doors: readonly (readonly [string, Door])[] = [
    ["the Jobs", throughJob],
    ["zd", throughZd],
  ];
  for (const [who, door] of doors) {
    it(`is believed by ${who} under verify-ca, and not under verify-full, where its authority is trusted`, async () => {
      tls.setDefaultCACertificates([...trusted, authority]);
      expect(await door("require")).to.equal("connected");
      expect(await door("verify-ca")).to.equal("connected");
      expect(await door("verify-full")).to.equal("ERR_TLS_CERT_ALTNAME_INVALID");
    });

    it(`is believed by ${who} under require alone where its authority is not trusted`, async () => {
      expect(await door("require")).to.equal("connected");
      expect(await door("verify-ca")).to.equal("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
      expect(await door("verify-full")).to.equal("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    });
  }
});

/**
 * Makes an authority, and `server.crt` and `server.key` of a host; returns the authority's
 * certificate.
 */
function makeCertificates(folder: string, host: string): string {
  const at = (file: string) => join(folder, file);
  const openssl = (...args: readonly string[]): void => {
    const { status, stderr, error } = spawnSync("openssl", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`Cannot make a certificate as openssl failed: ${error ?? stderr}`);
  };
  const key = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  openssl(
    "req",
    "-x509",
    "-new",
    ...key,
    "-subj",
    "/CN=authority",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.crt"),
  );
  openssl(
    "req",
    "-new",
    ...key,
    "-subj",
    `/CN=${host}`,
    "-keyout",
    at("server.key"),
    "-out",
    at("server.csr"),
  );
  writeFileSync(at("server.ext"), `subjectAltName=DNS:${host}\n`);
  const signing = [
    "-CA",
    at("ca.crt"),
    "-CAkey",
    at("ca.key"),
    "-set_serial",
    "2",
    "-extfile",
    at("server.ext"),
  ];
  openssl("x509", "-req", "-in", at("server.csr"), "-out", at("server.crt"), ...signing);
  // PostgreSQL reads a key that is its own user's alone; as root it runs as nobody.
  if (process.getuid?.() === 0)
    for (const file of [folder, at("server.key"), at("server.crt")]) chownSync(file, 65534, 65534);
  return readFileSync(at("ca.crt"), "utf8");
}
