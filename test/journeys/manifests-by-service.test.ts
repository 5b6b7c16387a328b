import { expect } from "chai";
import type { Outcome } from "../support/journey/stack.ts";
import { aJourney } from "../support/journey/a-journey.ts";
import { noticeboardImages, theTarget } from "../support/journey/journey-images.ts";
import { answersBy } from "../support/journey/who-serves.ts";
import { aDeployFolder } from "../support/manifests/deploy-folder.ts";
import { furtherUsers } from "../support/manifests/further-users.ts";
import {
  clusterAddress,
  CONTAINER,
  noticeboardConfig,
  readPage,
  servedBy,
  startReaders,
  type Served,
} from "../support/manifests/noticeboard.ts";
import { askHealth } from "../support/noticeboard/grpc-health.ts";

const NAME = "manifests-by-service";
const APP = "noticeboard";

/** How long the pods of a colour may take to become ready. */
const START_SECONDS = 20;

/** What every `up` and preview says while the files say something else than what serves. */
const DRIFT = /differs? from what serves/;

describe("A release of manifests by blue-green, with users at the Service and behind an Ingress", function () {
  const folder = aDeployFolder(this);
  const journey = aJourney(this, NAME, {
    application: APP,
    rows: 0,
    images: noticeboardImages,
    config: (target, images) => {
      folder.layOut(["noticeboard", "by-service"], target, `${NAME}.test`);
      const { app, ...config } = noticeboardConfig(APP, folder, images);
      return { ...config, app: { ...app, startSeconds: START_SECONDS }, traffic: { mode: "service" } };
    },
    users: async () => startReaders({ url: await boardUrl(), path: "/", rate: 80 }),
  });
  const visitors = furtherUsers(this, async () => {
    const { publicUrl } = (await theTarget()).gateway;
    return startReaders({ url: publicUrl, hostHeader: `${NAME}.test`, path: "/", rate: 20 });
  });
  /** What version 1 was when it was installed. */
  let first: Served;
  /** Puts the files back to what version 2 was prepared from last. */
  let asReleased: () => void;

  it("runs what the files say: commands, ports, probes and all, with the texts of its own version", async () => {
    first = await served("blue");
    const pod = first.spec.template.spec;
    const [board] = pod?.containers ?? [];
    expect(board?.command).to.include("--config-path=/etc/noticeboard");
    expect(board?.ports?.map(({ name }) => name)).to.deep.equal(["http", "http-metrics", "grpc"]);
    expect(board?.startupProbe?.grpc?.port).to.equal(9999);
    expect(board?.livenessProbe?.exec?.command?.[1]).to.equal("check");
    expect(pod?.securityContext).to.deep.include({ runAsUser: 10001 });
    expect(Object.keys(first.configMaps)).to.have.length(2);
    for (const [name, { immutable }] of Object.entries(first.configMaps)) {
      expect(name).to.match(/^noticeboard-(texts|config)-\w+$/);
      expect(immutable).to.equal(true);
    }
    expect(await page()).to.deep.include({
      version: "1.0.0",
      notice: "Closed on Monday",
      title: "Town hall",
    });
  });

  it("answers on both ports of the Service", async () => {
    expect(await askHealth(`${await address()}:9999`)).to.equal("SERVING");
  });

  it("changes nothing in stable when somebody saves a file, and names the difference", async () => {
    save("Draft for later");
    const { text } = await journey.hasNothingToDo();
    expect(text).to.match(DRIFT);
  });

  it("tests the new version in deploy, of which neither callers nor visitors see anything", async () => {
    save("Open on Monday");
    await changesNothingOf(["blue"], () => journey.goes("deploy"));
    for (const load of [journey.load, visitors.load()]) expect(answersBy(load, "2.0.0")).to.equal(0);
    expect(await page()).to.deep.include({ version: "1.0.0", notice: "Closed on Monday" });
  });

  it("brings every new connection to it in switch, just as it was tested, whatever is saved meanwhile", async () => {
    save("Draft in switch");
    const { text } = await changesNothingOf(["blue", "green"], () => journey.goes("switch"));
    expect(text).to.match(DRIFT);
    await journey.isServedBy("2.0.0", "fresh");
    expect(await page()).to.deep.include({ version: "2.0.0", notice: "Open on Monday" });
    expect(await askHealth(`${await address()}:9999`)).to.equal("SERVING");
  });

  it("goes back to exactly what served before", async () => {
    save("Open on Monday");
    asReleased = folder.keep();
    await journey.goesBackTo("deploy");
    expect(await served("blue")).to.deep.equal(first);
    await journey.isServedBy("1.0.0", "fresh");
    expect(await page()).to.deep.include({ version: "1.0.0", notice: "Closed on Monday" });
  });

  it("parks the old version once nobody uses it, and is done, with files saved in between", async () => {
    await journey.goes("switch");
    save("Draft in retire");
    const { text } = await changesNothingOf(["blue", "green"], () => journey.goes("retire"));
    expect(text).to.match(DRIFT);
    await journey.comesToBeServedBy("2.0.0");
    await changesNothingOf(["green"], () => journey.goes("stable"));
    expect(await page()).to.deep.include({ version: "2.0.0", notice: "Open on Monday" });
  });

  it("keeps nothing then that only the old version had", async () => {
    const shared = Object.keys((await served("green")).configMaps);
    const own = Object.keys(first.configMaps).filter((name) => !shared.includes(name));
    expect(own).to.have.length(1);
    const names = await journey.kubectl("get", "configmaps", "--output=name");
    for (const name of shared) expect(names).to.include(name);
    for (const name of own) expect(names).to.not.include(name);
  });

  it("fails in deploy where a new version is a broken configuration alone, which crashes its pods", async () => {
    asReleased();
    folder.edit("ConfigMap/noticeboard-config", ["data", "board.json"], '{ "pageSize": 0 }\n');
    const blue = { version: "3.0.0", image: journey.images.v2 };
    const why = /Cannot call noticeboard-blue ready as container board of pod \S+ has ended \d+ times/;
    await changesNothingOf(["green"], () => journey.failsAt("deploy", why, { blue }));
  });

  it("comes up with the old configuration where a hand restarts the pods that serve", async () => {
    await journey.kubectl("rollout", "restart", `deployment/${APP}-green`);
    await journey.kubectl("rollout", "status", `deployment/${APP}-green`, "--timeout=90s");
    const shown = { version: "2.0.0", notice: "Open on Monday", title: "Town hall", pageSize: 20 };
    expect(await page()).to.deep.equal(shown);
  });

  it("gives that version up, and all of it goes but what serves", async () => {
    await journey.goesBackTo("stable");
    expect(await page()).to.deep.include({ version: "2.0.0", title: "Town hall" });
    expect(answersBy(journey.load, "3.0.0")).to.equal(0);
  });

  it("loses nothing of what callers asked, and nothing of what visitors did", async () => {
    await visitors.lostNothing();
    await journey.nothingWasLost();
  });

  let saves = 0;

  /** Somebody saves a file with a change to each part of the application. */
  function save(notice: string) {
    saves += 1;
    folder.edit("ConfigMap/noticeboard-texts", ["data", "notice"], notice);
    folder.edit(`Deployment/${APP}`, [...CONTAINER, "resources", "limits", "memory"], `${512 + saves}Mi`);
    folder.edit(`Service/${APP}`, ["metadata", "annotations"], { "example.com/note": notice });
  }

  /** A stage after which these colours are, to the last field, what they were before. */
  async function changesNothingOf(
    colours: readonly ("blue" | "green")[],
    stage: () => Promise<Outcome>,
  ): Promise<Outcome> {
    const before = await Promise.all(colours.map(served));
    const outcome = await stage();
    expect(await Promise.all(colours.map(served))).to.deep.equal(before);
    return outcome;
  }

  const served = (colour: "blue" | "green") => servedBy(journey.target, NAME, APP, colour);
  const address = async () => clusterAddress(await theTarget(), NAME, APP);
  const boardUrl = async () => `http://${await address()}:9898`;
  const page = async () => readPage(await boardUrl());
});
