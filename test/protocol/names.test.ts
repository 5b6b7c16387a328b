import { expect } from "chai";
import { name as appName } from "../../protocol/config/value-types.ts";
import { appLabel } from "../../protocol/labels.ts";
import {
  guardName,
  jobName,
  jobsAccount,
  jobTitle,
  loginSecret,
  pullPod,
  recordSecret,
  recordSecrets,
  withoutApp,
  workloadName,
} from "../../protocol/names.ts";
import { rolesOf } from "../../protocol/roles.ts";
import { workloadService } from "../../protocol/traffic/entrance.ts";
import { plan } from "../../release/plan.ts";
import { SCHEMA_GOALS } from "../../release/step.ts";
import { checkName, isCheck } from "../../release/tasks.ts";
import { WORKLOADS } from "../../release/workload.ts";
import { allPlaces, stable } from "../release/releases.ts";

const NUMBER = 1_767_225_600_000;
const DIGEST = "0a1b2c";
const LONG = "rel-prometheus-blackbox-exporter";
/** The longest that config takes. */
const LONGEST = `${"prometheus-".repeat(4)}exporter`;

/** A label of DNS, as which names of Jobs, of Services and of pods' hosts have to pass. */
const LABEL = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The titles of all Jobs that there are. */
const TITLES = [
  ...new Set([
    ...(["blue-green", "canary", "rolling"] as const)
      .flatMap((strategy) => allPlaces(stable(strategy, true)))
      .flatMap((release) => plan(release, null).steps.filter(isCheck).map(checkName)),
    ...SCHEMA_GOALS.map((goal) => `schema-${goal}`),
    "schema-compared",
  ]),
];

describe("the name of a stage's Job", () => {
  for (const app of ["address-book", LONG, LONGEST])
    it(`of ${app} tells each title again, and is the name of a label`, () => {
      for (const title of TITLES) {
        const name = jobName(app, title, NUMBER, DIGEST);
        expect(jobTitle(app, name)).to.equal(title);
        expect(name).to.match(LABEL);
      }
    });

  it("is another for another attempt, and for other content", () => {
    const names = [
      jobName("shop", "probe", 1, "0a1b2c"),
      jobName("shop", "probe", 2, "0a1b2c"),
      jobName("shop", "probe", 1, "ffffff"),
    ];
    expect(new Set(names).size).to.equal(3);
  });

  it("is another for another application whose name begins in the same way", () => {
    const names = [LONG, `${LONG}-two`].map((app) => jobName(app, "probe", NUMBER, DIGEST));
    expect(names[0]).not.to.equal(names[1]);
  });
});

describe("the names of an application's objects", () => {
  const all = (app: string) => [
    ...WORKLOADS.map((workload) => workloadName(app, workload)),
    ...WORKLOADS.map((workload) => workloadService(app, workload)),
    guardName(app),
    jobsAccount(app),
    pullPod(app, NUMBER),
    ...(["migrator", "blue", "green"] as const).map((login) => loginSecret(app, login)),
    recordSecret(app, "blue", "0123456789abcdef"),
    ...TITLES.map((title) => jobName(app, title, NUMBER, DIGEST)),
  ];

  it("begin with the application as it is, up to 27 characters: those of stacks that exist never change", () => {
    for (const app of ["shop", "address-book", "my-release-of-a-corner-shop"]) {
      expect(app.length).to.be.at.most(27);
      expect(all(app)).to.deep.equal([
        ...["blue", "green", "rolling", "blue", "green", "rolling"].map((one) => `${app}-${one}`),
        ...[`${app}-guard`, `${app}-jobs`, `${app}-pull-mjuohs00`],
        ...["migrator", "blue", "green"].map((login) => `${app}-database-${login}`),
        `${app}-record-blue-01234567`,
        ...TITLES.map((title) => `${app}-${title}-mjuohs00-0a1b2c`),
      ]);
    }
  });

  it("are names that Kubernetes and PostgreSQL take, up to the longest that config does", () => {
    expect(LONGEST).to.have.length(52);
    expect(appName.safeParse(LONGEST).success).to.equal(true);
    expect(appName.safeParse(`${LONGEST}s`).success).to.equal(false);
    // All but Secrets, whose names are no labels and may be longer.
    const labels = all(LONGEST).filter((one) => !/-(database|record)-/.test(one));
    for (const one of [...labels, ...Object.values(appLabel(LONGEST, "manifests"))])
      expect(one).to.match(LABEL);
    const { logins, ...roles } = rolesOf({}, LONGEST);
    for (const role of [...Object.values(roles), ...Object.values(logins)])
      expect(role.length, role).to.be.at.most(63);
    expect(
      recordSecret(LONGEST, "green", "0".repeat(16)).startsWith(recordSecrets(LONGEST, "green")),
    ).to.equal(true);
  });

  it("are told without the application, whichever of its forms they begin with", () => {
    for (const app of ["shop", LONG]) {
      expect(withoutApp(app, `${app}-worker`)).to.equal("worker");
      expect(withoutApp(app, pullPod(app, NUMBER))).to.match(/^pull-/);
      expect(withoutApp(app, "redis-0")).to.equal("redis-0");
    }
  });
});

describe("the Service beside one of the application's", () => {
  const at = (length: number) => WORKLOADS.map((one) => workloadService("s".repeat(length), one));

  it("has its name and the workload's as long as both fit", () => {
    expect(at(55)).to.deep.equal(WORKLOADS.map((workload) => `${"s".repeat(55)}-${workload}`));
  });

  it("has the beginning of its name otherwise, which tells it from others", () => {
    for (const length of [56, 63]) {
      const beginnings = at(length).map((name) => name.replace(/-[a-z]+$/, ""));
      expect(new Set(beginnings).size).to.equal(1);
      for (const name of at(length)) expect(name).to.match(LABEL);
    }
    expect(at(62)).not.to.deep.equal(at(63));
  });
});
