import { expect } from "chai";
import fc from "fast-check";
import { escaped } from "../../../cli/report/page/html.ts";
import { releaseReport } from "../../../cli/report/release-report.ts";
import { reportData, type ReportData } from "../../../cli/report/report-data.ts";
import { reportPage } from "../../../cli/report/page/report-page.ts";
import { storyOf } from "../../../cli/report/summary.ts";
import { failedCanary } from "./failed-canary.ts";

const SOMETHING_HOSTILE = `</td><script>alert("1")</script><img src=x onerror='alert(2)'>&amp;`;

/** The same report with every text of people and machines replaced. */
const withTexts = (data: ReportData, text: string): ReportData => ({
  ...data,
  app: text,
  stack: text,
  strategy: text,
  old: data.old && { ...data.old, version: text },
  new: data.new && { ...data.new, version: text },
  now: { found: text },
  stages: data.stages.map((stage) => ({
    ...stage,
    title: text,
    versions: text,
    commit: text,
    edits: [{ key: text, before: text, after: text }],
    notes: [text],
  })),
  failed: data.failed && { ...data.failed, sentence: text },
  judged:
    "found" in data.judged
      ? {
          found: data.judged.found.map((judged) => ({
            ...judged,
            sentence: text,
            allowed: text,
            missing: [text],
            findings: judged.findings.map((finding) => ({ ...finding, sentence: text, metric: text })),
          })),
        }
      : data.judged,
  schema: { unknown: text },
  decisions: data.decisions.map((decision) => ({
    ...decision,
    who: text,
    what: text,
    reason: text,
    source: text,
  })),
  remarks: [text],
});

describe("the page of a report", () => {
  const data = releaseReport(failedCanary());
  let page: string;

  before(async () => {
    page = reportPage(data);
  });

  it("is made from data that anybody can write down and read again", () => {
    expect(reportData.parse(JSON.parse(JSON.stringify(data)))).to.deep.equal(data);
  });

  it("is the same page whenever it is made from the same data", async () => {
    expect(reportPage(data)).to.equal(page);
  });

  it("names nothing outside of itself, and holds no script", () => {
    expect(page).to.not.match(/<script|javascript:|@import|<iframe|<object/i);
    const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"|url\(([^)]*)\)/g)].map(
      ([, one, two]) => one ?? two ?? "",
    );
    expect(addresses.filter((address) => !/^(#|data:,$)/.test(address))).to.deep.equal([]);
  });

  it("weighs less than 500 kB", () => {
    expect(Buffer.byteLength(page)).to.be.lessThan(500_000);
  });

  it("gives every chart a title, a description, and a table of the same figures near by", () => {
    const charts = page.match(/<svg role="img"[\s\S]*?<\/svg>/g) ?? [];
    expect(charts.length).to.be.at.least(5);
    for (const chart of charts) {
      expect(chart).to.match(/<title id="[^"]+">[^<]+<\/title><desc id="[^"]+">[^<]+<\/desc>/);
    }
    for (const section of page.split("<section").filter((part) => part.includes('role="img"')))
      expect(section).to.contain("<table");
  });

  it("shows hostile texts as texts, wherever they come from", async () => {
    const hostile = reportPage(withTexts(data, SOMETHING_HOSTILE));
    expect(hostile).to.contain("&lt;script&gt;");
    expect(hostile).to.not.match(/<script|<img|onerror='/);
  });

  it("leaves no character of any text that HTML would understand", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escaped(text)).to.not.match(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
        expect(escaped(text)).to.not.match(/[\u0000\ud800-\udfff]/u);
      }),
    );
  });

  it("says of whatever was not recorded that it was not, and why", async () => {
    const why = "The cluster did not answer at 10.0.0.1.";
    const nothing = reportPage(
      releaseReport({
        ...failedCanary(),
        history: [],
        now: { unknown: why },
        watch: { unknown: why },
        schema: { unknown: why },
      }),
    );
    for (const what of [
      "what the judge found",
      "how far the schema came",
      "who had the public traffic",
      "stages",
    ])
      expect(nothing).to.match(new RegExp(`Not recorded:</span>\\s*${what}`));
    expect(nothing.split(why).length).to.be.greaterThan(4);
  });
});

describe("the story of a failed canary", () => {
  const data = releaseReport(failedCanary());
  const story = storyOf(data);
  const answer = (question: string): string =>
    story.parts.find((part) => part.question === question)?.sentences.join(" ") ?? "";

  it("says what happened: which version, where, and that the users are back", () => {
    expect(story.headline).to.equal("2.4.0 failed at 5 % of the traffic");
    expect(answer("What happened")).to.contain("2.4.0 (green) was to take over from 2.3.1 (blue) by canary");
    expect(answer("What happened")).to.match(
      /on 2\.3\.1 again at \d\d:\d\d:\d\d UTC, 1 s later, by the guard/,
    );
  });

  it("says when: the release, and how long users were on the new version", () => {
    expect(answer("When")).to.contain("The first stage began at 2026-03-12 14:02:11 UTC");
    expect(answer("When")).to.match(
      /Users were on 2\.4\.0 from 14:11:11 to \S+ UTC, 2\d min .* at most 5 % of the traffic/,
    );
  });

  it("says why, in the judge's own words and figures", () => {
    expect(answer("Why")).to.match(/% of the candidate's requests failed \(\d+ of \d+\).*proven worse/);
  });

  it("says what it cost: the requests that failed, more than would have failed anyway", () => {
    const { totals } = data;
    if ("unknown" in totals) throw new Error(totals.unknown);
    const { green } = totals.found.by;
    expect(green?.failures).to.be.greaterThan(2);
    expect(answer("What it cost")).to.contain(`${green?.failures} failed`);
    expect(answer("What it cost")).to.match(/the release made about \d+ more requests? fail/);
    expect(answer("What it cost")).to.contain("nothing that the old version needs was dropped");
  });

  it("names everybody and everything that decided", () => {
    const who = data.decisions.map(({ who: one }) => one);
    expect(who).to.include.members(["the guard, by the judge", "the guard"]);
    expect(data.decisions.map(({ reason }) => reason)).to.include("2.4.0 runs out of database connections");
    expect(data.decisions.map(({ at }) => at)).to.deep.equal(data.decisions.map(({ at }) => at).sort());
  });

  it("claims no moment of the way back that nobody has recorded", () => {
    const silent = failedCanary();
    const { watch } = silent;
    if ("unknown" in watch || !watch.found) throw new Error("Cannot silence a guard that is not there");
    const { course: _, ...memory } = watch.found.memory ?? {
      stage: { active: { colour: { requests: null } }, candidate: { colour: { requests: null } } },
    };
    const story_ = storyOf(releaseReport({ ...silent, watch: { found: { ...watch.found, memory } } }));
    expect(story_.parts[0]?.sentences.join(" ")).to.contain("when the guard gave it back was not recorded");
  });
});
