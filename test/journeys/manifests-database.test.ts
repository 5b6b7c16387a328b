import { expect } from "chai";
import { stringify } from "yaml";
import { clusterSight } from "../support/cluster/cluster-state.ts";
import { aJourney } from "../support/journey/a-journey.ts";
import { noticeboardImages, theTarget } from "../support/journey/journey-images.ts";
import { aDeployFolder } from "../support/manifests/deploy-folder.ts";
import { noticeboardConfig } from "../support/manifests/noticeboard.ts";
import { schemaSight } from "../support/postgres/schema-state.ts";
import { everywhereToRead, secretsOf } from "../support/secrets/everywhere.ts";
import { inClear } from "../support/secrets/in-clear.ts";
import { asAdmin } from "../support/target.ts";

const NAME = "manifests-database";
const DATABASE = "manifests_database";
const APP = "addresses";

/** The one login that both versions have in a Secret, for a while. */
const ONE_LOGIN = `${DATABASE}_one`;

/** What nobody may read anywhere but in Secrets. */
const KEY = { "a key in a Secret of the files": "planted-key-of-the-map-service" };
const PASSWORD = { "a password in a Secret of the files": "planted-password-of-one-login" };
const TOKEN = { "a header of a smoke request": "planted-token-of-the-smoke-test" };
const PLANTED = { ...KEY, ...PASSWORD, ...TOKEN };

/** In the manifest, of the container of the application and of the one that waits. */
const ENVIRONMENTS = ["initContainers", "containers"].map(
  (list) => ["spec", "template", "spec", list, 0, "env", 0] as const,
);

describe("A release of manifests with a database, with init containers, sidecars and Secrets", function () {
  const folder = aDeployFolder(this);
  const journey = aJourney(this, NAME, {
    application: APP,
    images: noticeboardImages,
    config: (target, { v1, v2 }) => {
      folder.layOut(["addresses"], target, `${NAME}.test`);
      folder.edit(
        "Secret/addresses-keys",
        ["stringData", "MAP_KEY"],
        PLANTED["a key in a Secret of the files"],
      );
      const { app, manifests } = noticeboardConfig(APP, folder, { v1, v2 });
      const smoke = [{ path: "/addresses?limit=1", expect: { status: 200, json: {} } }];
      const warmUp = { paths: ["/addresses?limit=10"], requests: 300 };
      return { manifests, app: { ...app, smoke, warmUp } };
    },
    secrets: { "app.smoke[0].headers.x-token": PLANTED["a header of a smoke request"] },
  });

  after(async () => {
    await asAdmin(await theTarget(), "postgres", (client) =>
      client.query(`DROP ROLE IF EXISTS ${ONE_LOGIN}`),
    );
  });

  it("runs every container of the files, each colour with its login in its address", async () => {
    const template = "jsonpath={.spec.template.spec['initContainers','containers'][*].name}";
    const names = await journey.kubectl("get", "deployment", `${APP}-blue`, `--output=${template}`);
    expect(names.split(" ")).to.deep.equal(["wait-for-database", "log-shipper", "addresses", "numbers"]);
    expect(await logins()).to.deep.equal([`${DATABASE}_blue`]);
    await journey.isServedBy("1.0.0");
  });

  it("is refused in deploy while both versions log in as one, out of a Secret, with what to write", async () => {
    await journey.goes("expand");
    await journey.goes("backfill");
    await createOneLogin();
    readsItsLoginFromASecret();
    const why = /Write DATABASE_URL: postgres:\/\/\$\(PGUSER\):\$\(PGPASSWORD\)@.*logins: application/;
    const { text } = await journey.failsAt("deploy", why);
    expect(inClear({ "what it says": text }, PLANTED)).to.deep.equal([]);
    await journey.isServedBy("1.0.0");
  });

  it("passes in deploy once its address is made of the colour's login, without a step back", async () => {
    readsItsLoginFromTheColour();
    await journey.goes("deploy");
    expect(await logins()).to.include.members([`${DATABASE}_blue`, `${DATABASE}_green`]);
  });

  it("serves from the new version, and from the old one again", async () => {
    await journey.goes("switch");
    await journey.isServedBy("2.0.0");
    await journey.goesBackTo("deploy");
    await journey.isServedBy("1.0.0");
  });

  it("shows nothing secret to anybody who may not read Secrets, where the key is", async () => {
    await journey.goes("switch");
    expect(inClear({ Secrets: await secretsOf(journey) }, KEY)).to.have.length(1);
    expect(inClear(await everywhereToRead(journey), PLANTED)).to.deep.equal([]);
  });

  it("goes to the end, the old columns dropped", async () => {
    await journey.goes("retire");
    await journey.goes("contract");
    await journey.goes("stable");
    await journey.isServedBy("2.0.0");
    const { columns } = await schemaSight(journey.target, journey.book.database);
    expect(columns).to.include("street_name text required").and.not.include("street text required");
    expect((await clusterSight(journey.target, NAME, APP)).pods).to.deep.equal({
      [`${APP}-green`]: "2 of 2 with 2.0.0",
    });
  });

  it("is released with one login for both where config says that the logins are the application's", async () => {
    readsItsLoginFromASecret();
    await journey.book.stack.edit("database", (database) => ({ ...database, logins: "application" }));
    const blue = { version: "3.0.0", image: journey.images.v2, schema: "0002-split-street" };
    await journey.sets("deploy", { blue });
    const { isOk, text } = await journey.book.stack.preview("--diff");
    expect(isOk, text).to.equal(true);
    expect(inClear({ "a preview with a new Secret": text }, PLANTED)).to.deep.equal([]);
    await journey.goes("deploy");
    expect(await logins()).to.include(ONE_LOGIN);
    for (const phase of ["switch", "retire", "stable"] as const) await journey.goes(phase);
    await journey.isServedBy("3.0.0");
    expect(await logins()).to.deep.equal([ONE_LOGIN]);
  });

  it("shows nothing secret then, either", async () => {
    expect(inClear({ Secrets: await secretsOf(journey) }, PASSWORD)).to.have.length(1);
    expect(inClear(await everywhereToRead(journey), PLANTED)).to.deep.equal([]);
  });

  it("loses no request and no row", () => journey.nothingWasLost());

  const createOneLogin = async () => {
    await journey.query(`DROP ROLE IF EXISTS ${ONE_LOGIN}`);
    const password = `PASSWORD '${PLANTED["a password in a Secret of the files"]}'`;
    await journey.query(`CREATE ROLE ${ONE_LOGIN} LOGIN ${password} IN ROLE ${DATABASE}_app`);
  };

  function readsItsLoginFromASecret() {
    const { host, port } = journey.target.database;
    const login = `${ONE_LOGIN}:${PLANTED["a password in a Secret of the files"]}`;
    const stringData = { DATABASE_URL: `postgres://${login}@${host}:${port}/${DATABASE}` };
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "addresses-login" }, stringData };
    folder.write("login.yaml", stringify(secret));
    const valueFrom = { secretKeyRef: { name: "addresses-login", key: "DATABASE_URL" } };
    for (const path of ENVIRONMENTS)
      folder.edit(`Deployment/${APP}`, path, { name: "DATABASE_URL", valueFrom });
  }

  function readsItsLoginFromTheColour() {
    folder.remove("login.yaml");
    const value = "postgres://$(PGUSER):$(PGPASSWORD)@$(PGHOST):$(PGPORT)/$(PGDATABASE)";
    for (const path of ENVIRONMENTS) folder.edit(`Deployment/${APP}`, path, { name: "DATABASE_URL", value });
  }

  /** The logins of the pods' sessions now. */
  async function logins(): Promise<string[]> {
    const rows = await journey.query<{ usename: string }>(
      "SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name LIKE 'address-book %' AND datname = current_database() ORDER BY 1",
    );
    return rows.map(({ usename }) => usename);
  }
});
