import { expect } from "chai";
import { request } from "undici";
import { z } from "zod";
import { QUICK_CANARY, isJudged } from "../support/cluster/guard-state.ts";
import { aJourney } from "../support/journey/a-journey.ts";
import { noticeboardImages, theTarget } from "../support/journey/journey-images.ts";
import { answersBy, versionsNow } from "../support/journey/who-serves.ts";
import { aDeployFolder } from "../support/manifests/deploy-folder.ts";
import { furtherUsers } from "../support/manifests/further-users.ts";
import { clusterAddress, noticeboardConfig, startReaders } from "../support/manifests/noticeboard.ts";

const NAME = "manifests-by-gateway";
const APP = "noticeboard";
const HOST = `${NAME}.test`;

/** The one rung of this canary. */
const RUNG = 20;

describe("A release of manifests by canary, behind a route of several rules", function () {
  const folder = aDeployFolder(this);
  const journey = aJourney(this, NAME, {
    application: APP,
    rows: 0,
    images: noticeboardImages,
    config: (target, images) => {
      folder.layOut(["noticeboard", "by-gateway"], target, HOST);
      return {
        ...noticeboardConfig(APP, folder, images),
        strategy: "canary",
        canary: { ...QUICK_CANARY, rungs: [RUNG] },
      };
    },
    users: ({ gateway }) => readers(gateway.publicUrl, "/", 60),
  });
  const programs = furtherUsers(this, async () =>
    readers((await theTarget()).gateway.publicUrl, "/api/", 40),
  );
  const callers = furtherUsers(this, async () =>
    startReaders({
      url: `http://${await clusterAddress(await theTarget(), NAME, APP)}:9898`,
      path: "/",
      rate: 20,
    }),
  );

  it("does what each rule of the file says, from the beginning", everyRuleHolds);

  it("lets nobody reach the candidate in deploy, by no rule and by no Service", async () => {
    await journey.goes("deploy");
    expect(await sharesOfCandidate()).to.deep.equal([0, 0]);
    for (const load of [journey.load, programs.load(), callers.load()])
      expect(answersBy(load, "2.0.0")).to.equal(0);
  });

  climbs();

  it("is on the new version in switch, callers of the Service too", async () => {
    await journey.goes("switch");
    expect(await sharesOfCandidate()).to.deep.equal([100, 100]);
    for (const load of [journey.load, programs.load()])
      expect(await versionsNow(load)).to.deep.equal(["2.0.0"]);
    expect(await versionsNow(callers.load(), "fresh")).to.deep.equal(["2.0.0"]);
    await everyRuleHolds();
  });

  it("goes back to the old version on every way", async () => {
    await journey.goesBackTo("deploy");
    expect(await sharesOfCandidate()).to.deep.equal([0, 0]);
    for (const load of [journey.load, programs.load()])
      expect(await versionsNow(load)).to.deep.equal(["1.0.0"]);
    expect(await versionsNow(callers.load(), "fresh")).to.deep.equal(["1.0.0"]);
  });

  it("is taken to the end by zd, by way of the same rung", async () => {
    await journey.zd("run");
    for (const load of [journey.load, programs.load(), callers.load()])
      expect(await versionsNow(load)).to.deep.equal(["2.0.0"]);
    await everyRuleHolds();
  });

  it("loses nothing on any way", async () => {
    await programs.lostNothing();
    await callers.lostNothing();
    await journey.nothingWasLost();
  });

  function climbs() {
    it(`gives the candidate ${RUNG} % by every rule on the rung, judged by metrics on a port of their own`, async () => {
      await journey.goes("canary", { weight: RUNG });
      expect(await sharesOfCandidate()).to.deep.equal([RUNG, RUNG]);
      const { stages } = await isJudged(journey, "pass");
      expect(stages[String(RUNG)]?.judgement.findings.map(({ metric }) => metric)).to.deep.equal([
        "failures",
      ]);
      for (const load of [journey.load, programs.load()])
        expect(await versionsNow(load)).to.deep.equal(["1.0.0", "2.0.0"]);
    });

    it("leaves callers of the Service on the old version there", async () => {
      expect(await versionsNow(callers.load())).to.deep.equal(["1.0.0"]);
      expect(answersBy(callers.load(), "2.0.0")).to.equal(0);
    });
  }

  async function everyRuleHolds() {
    const moved = await ask("/pinboard/1999");
    expect(moved.statusCode).to.equal(301);
    expect(new URL(String(moved.headers["location"]), "http://x").pathname).to.equal("/");
    const program = await ask("/api/headers");
    expect(await program.body.json()).to.include({ "x-noticeboard-client": "program" });
    const person = await ask("/headers");
    expect(person.headers["x-frame-options"]).to.equal("DENY");
    expect(await person.body.json()).to.not.have.property("x-noticeboard-client");
    const timeouts = (await rules()).flatMap((rule) => rule.timeouts?.request ?? []);
    expect([...new Set(timeouts)]).to.deep.equal(["15s"]);
  }

  /** Percent on green, by the rules of the file that lead to the board, in their order. */
  async function sharesOfCandidate(): Promise<number[]> {
    return (await rules())
      .filter(({ matches }) => matches.every(({ headers }) => headers === undefined))
      .filter(({ backendRefs }) => backendRefs.length > 0)
      .map(({ backendRefs }) => {
        const all = backendRefs.reduce((sum, { weight }) => sum + weight, 0);
        const green = backendRefs.find(({ name }) => name === `${APP}-green`)?.weight ?? 0;
        return (100 * green) / all;
      });
  }

  async function rules(): Promise<z.infer<typeof route>["spec"]["rules"]> {
    return route.parse(JSON.parse(await journey.kubectl("get", "httproute", APP, "--output=json"))).spec
      .rules;
  }

  const readers = async (url: string, path: string, rate: number) =>
    startReaders({ url, hostHeader: HOST, path, rate });

  const ask = (path: string) =>
    request(new URL(path, journey.target.gateway.publicUrl), { headers: { host: HOST } });
});

const route = z.object({
  spec: z.object({
    rules: z.array(
      z.object({
        matches: z.array(z.object({ headers: z.array(z.unknown()).optional() })).default([]),
        timeouts: z.object({ request: z.string().optional() }).optional(),
        backendRefs: z.array(z.object({ name: z.string(), weight: z.number() })).default([]),
      }),
    ),
  }),
});
