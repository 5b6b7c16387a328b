import { expect } from "chai";
import { configMap, containerOf, ENVIRONMENT, prepare, secretWith, told, variablesOf } from "../shop.ts";

const OWN = ["ZERO_DOWNTIME_COLOUR", "ZERO_DOWNTIME_VERSION"];
const LOGIN = ["PGHOST", "PGPORT", "PGDATABASE", "PGSSLMODE", "PGUSER", "PGPASSWORD"];
const environment = ENVIRONMENT;

describe("the variables of a version's pods", () => {
  it("tell the application's container its colour and version, and no other container", () => {
    const version = prepare({ sidecars: [{ name: "proxy", image: "proxy:1" }] });
    expect(containerOf(version).env).to.deep.equal([
      { name: "ZERO_DOWNTIME_COLOUR", value: "green" },
      { name: "ZERO_DOWNTIME_VERSION", value: "2.0.0" },
    ]);
    expect(containerOf(version, "proxy")).to.not.have.property("env");
  });

  it("come before the user's, so that $(PGUSER) in a value is known by then", () => {
    const url = { name: "DATABASE_URL", value: "postgres://$(PGUSER):$(PGPASSWORD)@$(PGHOST)/shop" };
    const version = prepare({ container: { env: [url] } }, { environment });
    expect(variablesOf(version)).to.deep.equal([...OWN, ...LOGIN, "DATABASE_URL"]);
    expect(version.refusals).to.deep.equal([]);
  });

  it("hold the login of the colour, whose password is in no value", () => {
    const { env } = containerOf(prepare({}, { environment }));
    expect(env.find(({ name }) => name === "PGUSER")).to.include({ value: "shop_green" });
    expect(env.find(({ name }) => name === "PGPASSWORD")).to.deep.equal({
      name: "PGPASSWORD",
      valueFrom: { secretKeyRef: { name: "shop-database-green", key: "password" } },
    });
  });

  const SPEAKING: Readonly<Record<string, object>> = {
    "in a value": { env: [{ name: "URL", value: "postgres://$(PGUSER)@db" }] },
    "in a command": { command: ["sh", "-c", "pg_isready -h $PGHOST"] },
    "in arguments": { args: ["--host=$(PGHOST)"] },
    "in a probe": { startupProbe: { exec: { command: ["sh", "-c", 'test -n "${PGDATABASE}"'] } } },
    "by a variable of that name": { env: [{ name: "PGHOST", value: "db" }] },
  };
  for (const [where, fields] of Object.entries(SPEAKING))
    it(`go to every other container that speaks of the database ${where}`, () => {
      const files = {
        initContainers: [{ name: "wait", image: "tool:1", ...fields }],
        sidecars: [{ name: "beside", image: "tool:1", ...fields }],
      };
      const version = prepare(files, { environment });
      for (const name of ["wait", "beside"])
        expect(variablesOf(version, name).slice(0, LOGIN.length), name).to.deep.equal(LOGIN);
      expect(version.refusals).to.deep.equal([]);
    });

  it("go to no container that has but a longer word with them, or the image of a database", () => {
    const sidecars = [
      { name: "PGHOST", image: "PGHOST", env: [{ name: "MY_PGHOST", value: "PGHOSTS" }] },
      { name: "plain", image: "tool:1", env: [{ name: "LEVEL", value: "info" }] },
    ];
    const version = prepare({ sidecars }, { environment });
    expect(variablesOf(version, "PGHOST")).to.deep.equal(["MY_PGHOST"]);
    expect(variablesOf(version, "plain")).to.deep.equal(["LEVEL"]);
  });

  it("go to a container beside the application that asks for its version", () => {
    const env = [{ name: "OTEL_RESOURCE_ATTRIBUTES", value: "service.version=$(ZERO_DOWNTIME_VERSION)" }];
    const version = prepare({ sidecars: [{ name: "agent", image: "agent:1", env }] }, { environment });
    expect(variablesOf(version, "agent")).to.deep.equal([...OWN, "OTEL_RESOURCE_ATTRIBUTES"]);
  });

  it("are refused where the files have one with another value, with its place and what to do", () => {
    const env = [
      { name: "A", value: "1" },
      { name: "PGHOST", value: "elsewhere" },
      { name: "ZERO_DOWNTIME_COLOUR", value: "blue" },
      { name: "PGUSER", valueFrom: { secretKeyRef: { name: "login", key: "user" } } },
    ];
    const { refusals } = prepare({ container: { env } }, { environment });
    expect(told(refusals)).to.deep.equal([
      "spec.template.spec.containers.0.env.2: Deployment/shop sets ZERO_DOWNTIME_COLOUR in container web " +
        'to "blue", and a release passes "green". Take it out; the release passes it',
      "spec.template.spec.containers.0.env.1: Deployment/shop sets PGHOST in container web " +
        'to "elsewhere", and a release passes "db". Take it out, as each colour has a login of its own; ' +
        "or set zero-downtime:database.logins to application, and the pods keep theirs",
      "spec.template.spec.containers.0.env.3: Deployment/shop sets PGUSER in container web, and a release " +
        'passes "shop_green". Take it out, as each colour has a login of its own; ' +
        "or set zero-downtime:database.logins to application, and the pods keep theirs",
    ]);
  });

  it("show no password that stands in the files, where one is refused", () => {
    const env = [{ name: "PGPASSWORD", value: "planted-one" }];
    const { refusals } = prepare({ container: { env } }, { environment });
    expect(told(refusals).join()).to.match(/sets PGPASSWORD in container web, which a release passes itself/);
    expect(told(refusals).join()).to.not.include("planted-one");
  });

  it("are added once where the files have them with the same value, wherever they stand there", () => {
    const env = [
      { name: "URL", value: "$(PGHOST)" },
      { name: "PGHOST", value: "db" },
    ];
    const version = prepare({ container: { env } }, { environment });
    expect(version.refusals).to.deep.equal([]);
    expect(variablesOf(version)).to.deep.equal([...OWN, ...LOGIN, "URL"]);
    const what = version.added.find((one) => one.what.includes("PGPORT"))?.what;
    expect(what).to.equal("container web: PGPORT, PGDATABASE, PGSSLMODE, PGUSER, PGPASSWORD");
  });

  it("leave a login of the application's own alone", () => {
    const env = [{ name: "PGHOST", value: "elsewhere" }];
    const version = prepare({ container: { env } }, { environment: null });
    expect(version.refusals).to.deep.equal([]);
    expect(variablesOf(version)).to.deep.equal([...OWN, "PGHOST"]);
  });

  describe("from a whole ConfigMap or Secret", () => {
    const from = (reference: object) => ({ container: { envFrom: [reference] } });
    const map = (data: object) => configMap("settings", data);
    const secret = (fields: object) => secretWith("login", fields);
    const bySettings = from({ configMapRef: { name: "settings" } });
    const byLogin = from({ secretRef: { name: "login" } });
    const refusalsOf = (files: object) => told(prepare(files, { environment }).refusals);

    it("are refused where they have another value, as they would lose in silence", () => {
      expect(refusalsOf({ ...bySettings, versioned: [map({ PGHOST: "elsewhere" })] })).to.deep.equal([
        "data.PGHOST: ConfigMap/settings gives PGHOST to container web by envFrom, and a release passes " +
          "another value. Take it out, as each colour has a login of its own; " +
          "or set zero-downtime:database.logins to application, and the pods keep theirs",
      ]);
    });

    it("are refused in shared objects, in Secrets in both ways to write them, and with a prefix", () => {
      const files = [
        { ...byLogin, shared: [secret({ stringData: { PGUSER: "planted" } })] },
        { ...byLogin, versioned: [secret({ data: { PGPASSWORD: "cGxhbnRlZA==" } })] },
        { ...from({ prefix: "PG", configMapRef: { name: "settings" } }), versioned: [map({ HOST: "else" })] },
      ];
      for (const each of files) {
        const refusals = refusalsOf(each);
        expect(refusals, textIn(each)).to.have.length(1);
        expect(refusals.join()).to.not.include("planted");
      }
    });

    it("are as good as the release's where they have its value, or another name", () => {
      const files = [
        { ...bySettings, versioned: [map({ PGHOST: "db", LEVEL: "info" })] },
        {
          ...byLogin,
          versioned: [secret({ data: { PGUSER: Buffer.from("shop_green").toString("base64") } })],
        },
        {
          ...from({ prefix: "A_", configMapRef: { name: "settings" } }),
          versioned: [map({ PGHOST: "else" })],
        },
        { versioned: [map({ PGHOST: "of nobody's variables" })] },
      ];
      for (const each of files) expect(refusalsOf(each), textIn(each)).to.deep.equal([]);
    });
  });
});

const textIn = (value: object): string => JSON.stringify(value);
