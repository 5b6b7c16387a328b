import { expect } from "chai";
import type { SortOptions } from "../../../../manifests/application.ts";
import {
  deployment,
  documents,
  partsOf,
  service,
  shop,
  sortNotes,
  sortRefusals,
} from "../../../support/manifests/sorted-files.ts";

const refusal = async (
  parts: Parameters<typeof shop>[0],
  options: Partial<SortOptions> = {},
  ...others: readonly string[]
) => {
  const refusals = await sortRefusals(documents(shop(parts), ...others), options);
  expect(refusals).to.have.length(1);
  return refusals[0];
};

/** Two containers in one list, as a second `containers` would be a key twice. */
const withSidecar = (second: string, parts: Parameters<typeof deployment>[1] = {}) =>
  deployment("shop", parts).replace("      containers:\n", `      containers:\n        - ${second}\n`);

describe("the container of the version's image", () => {
  it("is the one whose port the Service targets, by name or by number", async () => {
    const exporter = "{ name: exporter, image: x, ports: [{ name: metrics, containerPort: 9100 }] }";
    const files = (spec = service()) => documents(withSidecar(exporter), spec);
    expect((await partsOf(files())).container).to.equal("shop");
    expect(
      (await partsOf(files(service().replace("targetPort: http", "targetPort: 8080")))).container,
    ).to.equal("shop");
    expect(
      (await partsOf(files(service().replace("port: 80, targetPort: http", "port: 8080")))).container,
    ).to.equal("shop");
  });

  it("is the one that is probed where the Service goes, where no container names its ports", async () => {
    const files = documents(
      withSidecar("{ name: proxy, image: x }", { probe: "readinessProbe: { httpGet: { port: 3000 } }" }),
      service().replace("targetPort: http", "targetPort: 3000"),
    );
    expect((await partsOf(files)).container).to.equal("shop");
  });

  it("is the one that config names, if there is one", async () => {
    const files = documents(withSidecar("{ name: proxy, image: x }"), service());
    expect((await partsOf(files, { container: "proxy" })).container).to.equal("proxy");
    expect(await sortRefusals(files, { container: "web" })).to.deep.equal([
      "deploy/app.yaml:10: Deployment/shop has no container web, as zero-downtime:app.container says; it has proxy and shop. Set zero-downtime:app.container to the one that gets the version's image",
    ]);
  });

  it("has to be named where the files do not tell it", async () => {
    const files = documents(
      withSidecar("{ name: proxy, image: x }"),
      service().replace("targetPort: http", "targetPort: 3000"),
    );
    expect(await sortRefusals(files)).to.deep.equal([
      "deploy/app.yaml:10: Deployment/shop has the containers proxy and shop, and Service/shop does not tell which of them is the application's. Set zero-downtime:app.container to the one that gets the version's image",
    ]);
    expect(
      (await partsOf(documents(deployment(), service().replace("targetPort: http", "targetPort: 3000"))))
        .container,
    ).to.equal("shop");
  });
});

describe("readiness of the web pods", () => {
  it("is needed in the container that serves, with what to write", async () => {
    expect(await refusal({ probe: "" })).to.equal(
      "deploy/app.yaml:11: Deployment/shop has no readinessProbe in container shop, which serves port 80 of Service/shop: Kubernetes would send requests to pods that cannot answer yet. Write one, as in `readinessProbe: { httpGet: { path: /healthz, port: http } }`",
    );
    expect(await refusal({ probe: "livenessProbe: { httpGet: { path: /, port: http } }" })).to.include(
      "no readinessProbe",
    );
    expect(await refusal({ probe: "readinessProbe: { periodSeconds: 5 }" })).to.include("no readinessProbe");
  });

  it("may be asked in any way that Kubernetes has", async () => {
    for (const probe of [
      "tcpSocket: { port: 8080 }",
      "exec: { command: [cat, /tmp/ready] }",
      "grpc: { port: 9000 }",
      "httpGet: { port: http }",
    ])
      expect(await sortRefusals(shop({ probe: `readinessProbe: { ${probe} }` })), probe).to.deep.equal([]);
  });

  it("is asked of the container that serves, be it a sidecar, and of no other", async () => {
    const proxy = (probe: string) =>
      documents(
        withSidecar(`{ name: proxy, image: x, ports: [{ name: public, containerPort: 80 }]${probe} }`, {
          probe: "",
        }),
        service().replace("targetPort: http", "targetPort: public"),
      );
    expect(await sortRefusals(proxy(", readinessProbe: { tcpSocket: { port: 80 } }"))).to.deep.equal([]);
    expect((await sortRefusals(proxy("")))[0]).to.include("no readinessProbe in container proxy");
    const exporter = "{ name: exporter, image: x, ports: [{ name: metrics, containerPort: 9100 }] }";
    const metrics = service("shop-metrics", "", "{ app: shop }").replace(
      "targetPort: http",
      "targetPort: metrics",
    );
    expect(await sortRefusals(documents(withSidecar(exporter), service(), metrics))).to.deep.equal([]);
  });

  it("may be that of a native sidecar in front", async () => {
    const files = documents(
      deployment("shop", {
        probe: "",
        pod: "initContainers:\n  - name: proxy\n    image: x\n    restartPolicy: Always\n    ports: [{ name: public, containerPort: 80 }]\n    readinessProbe: { tcpSocket: { port: 80 } }",
      }),
      service().replace("targetPort: http", "targetPort: public"),
    );
    expect(await sortRefusals(files)).to.deep.equal([]);
  });
});

describe("volumes of the web pods", () => {
  const claim = (modes: string) =>
    `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: photos}\nspec:\n  accessModes: [${modes}]\n`;
  const pod = "volumes:\n  - name: photos\n    persistentVolumeClaim: { claimName: photos }";

  it("that one node has at a time are refused, with the claim's line", async () => {
    expect(await refusal({ pod }, {}, claim("ReadWriteOnce"))).to.equal(
      "deploy/app.yaml:17: Deployment/shop has PersistentVolumeClaim/photos as volume photos, which is ReadWriteOnce (deploy/app.yaml:31): one node has it at a time, and pods of two versions need it at once. Make it ReadWriteMany, use an emptyDir if it holds nothing that is kept, or keep the data in a service of its own",
    );
    expect(await refusal({ pod }, {}, claim("ReadWriteOncePod"))).to.include("which is ReadWriteOncePod");
    expect(
      await refusal({ pod: "volumes:\n  - { name: disk, gcePersistentDisk: { pdName: a } }" }),
    ).to.include("has a gcePersistentDisk as volume disk");
  });

  it("that both versions write to are told", async () => {
    expect(await sortNotes(documents(shop({ pod }), claim("ReadWriteMany")))).to.deep.equal([
      "deploy/app.yaml:17: Deployment/shop uses PersistentVolumeClaim/photos, to which pods of both versions write at once",
    ]);
    expect((await sortNotes(shop({ pod })))[0]).to.include(
      "uses PersistentVolumeClaim/photos, which no file has: pods of both versions use it at once. It must be there, and ReadWriteMany",
    );
    expect(
      (await sortNotes(shop({ pod: "volumes: [{ name: nfs, nfs: { server: a, path: /b } }]" })))[0],
    ).to.include("has volume nfs, to which pods of both versions write");
  });

  it("of a pod alone are fine", async () => {
    const own =
      "volumes: [{ name: a, emptyDir: {} }, { name: b, ephemeral: { volumeClaimTemplate: { spec: { accessModes: [ReadWriteOnce] } } } }, { name: c, nfs: { server: a, path: /b, readOnly: true } }]";
    expect(await sortNotes(shop({ pod: own }))).to.deep.equal([]);
  });
});

describe("pods that change the schema", () => {
  const commands: readonly (readonly [string, string])[] = [
    ["Flyway", "[flyway, -url=jdbc:x, migrate]"],
    ["Liquibase", "[liquibase, update]"],
    ["Prisma", "[npx, prisma, migrate, deploy]"],
    ["Alembic", '[sh, -c, "cd /app && alembic -c alembic.ini upgrade head"]'],
    ["Rails", "[bundle, exec, rails, 'db:migrate']"],
    ["Rails", "[bin/rake, 'db:migrate']"],
    ["Knex", "[npx, knex, 'migrate:latest']"],
    ["goose", "[goose, -dir, /migrations, postgres, $(DATABASE_URL), up]"],
    ["golang-migrate", "[migrate, -path, /migrations, -database, $(DATABASE_URL), up]"],
    ["Sequelize", "[npx, sequelize-cli, 'db:migrate']"],
    ["Django", "[python, manage.py, migrate, --noinput]"],
    ["Flask-Migrate", "[flask, db, upgrade]"],
    ["dbmate", "[dbmate, --wait, up]"],
    ["Atlas", "[atlas, migrate, apply, --url, x]"],
    ["Sqitch", "[sqitch, deploy]"],
    ["TypeORM", "[npx, typeorm, -d, dist/data-source.js, 'migration:run']"],
    ["Drizzle", "[npx, drizzle-kit, migrate]"],
    ["Laravel", "[php, artisan, migrate, --force]"],
    ["Entity Framework", "[dotnet, ef, database, update]"],
    ["Doctrine", "[bin/console, 'doctrine:migrations:migrate']"],
    ["Ecto", "[bin/shop, eval, Shop.Release.migrate]"],
    ["a script of package.json", "[npm, run, migrate]"],
    ["a script of package.json", "[yarn, 'db:migrate']"],
    ["a script of package.json", '[sh, -c, "npm run db:migration && node server.js"]'],
    ["a script", "[/app/migrate.sh]"],
    ["psql", "[psql, -f, /schema.sql]"],
  ];

  it("are refused by the tool, in init containers and in commands", async () => {
    for (const [tool, command] of commands) {
      const pod = `initContainers:\n  - name: prepare\n    image: registry.example.com/shop:1\n    command: ${command}`;
      expect(await refusal({ pod }), command).to.equal(
        `deploy/app.yaml:18: Deployment/shop changes the schema by ${tool} in init container prepare: the first pod of a version would change it under the version that serves. Make it a migration of the release (\`zd migration new\`), and take it out here; where nothing is changed by it, set zero-downtime:app.migrates: allowed`,
      );
    }
    expect(
      await refusal({ container: 'args: ["sh", "-c", "alembic upgrade head && gunicorn app"]' }),
    ).to.match(/^deploy\/app\.yaml:15: .*by Alembic in container shop/);
    expect(
      await refusal({ container: "lifecycle:\n  postStart: { exec: { command: [npx, prisma, db, push] } }" }),
    ).to.match(/^deploy\/app\.yaml:16: .*by Prisma/);
  });

  it("are refused by the tool's image", async () => {
    for (const image of [
      "flyway/flyway:11",
      "docker.io/liquibase/liquibase",
      "migrate/migrate:v4",
      "ghcr.io/amacneil/dbmate:2",
      "arigaio/atlas",
      "ariga/atlas:latest",
    ])
      expect(await refusal({ pod: `initContainers: [{ name: m, image: "${image}" }]` }), image).to.include(
        "changes the schema by",
      );
  });

  it("are taken where config allows them, and where they only look so", async () => {
    const pod = "initContainers: [{ name: m, image: flyway/flyway:11 }]";
    expect(await sortRefusals(shop({ pod }), { migrates: true })).to.deep.equal([]);
    for (const command of [
      "[node, server.js, --migrate-sessions=false]",
      "[./shop, serve]",
      "[sh, -c, 'until pg_isready; do sleep 1; done']",
      "[npm, start]",
      "[python, manage.py, runserver]",
      "[prisma, generate]",
      "[atlas-agent, run]",
      "[goosed, startup]",
      "[psql, -c, 'select 1']",
      "[alembic, current]",
    ])
      expect(await sortRefusals(shop({ container: `command: ${command}` })), command).to.deep.equal([]);
  });
});

describe("ports of the web pods", () => {
  it("are refused on the nodes themselves, past every Service", async () => {
    const files = documents(
      deployment().replace("containerPort: 8080 }", "containerPort: 8080, hostPort: 80 }"),
      service(),
    );
    expect((await sortRefusals(files))[0]).to.equal(
      "deploy/app.yaml:13: Deployment/shop takes port 80 of its nodes for container shop: requests would come to pods of either version, past the Service. Take hostPort out, and let users come by a Service",
    );
  });
});
