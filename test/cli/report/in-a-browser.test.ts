import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { releaseReport } from "../../../cli/report/release-report.ts";
import { reportPage } from "../../../cli/report/page/report-page.ts";
import { startBrowser } from "./browser.ts";
import { failedCanary } from "./failed-canary.ts";

const PHONE = { width: 360, height: 740 };
const DESK = { width: 1200, height: 900 };
/** Web Content Accessibility Guidelines 2.2, 1.4.3 and 1.4.11. */
const LEAST_CONTRAST = { text: 4.5, lines: 3 };

/**
 * In the page: every visible text with its contrast to what is behind it, and every line
 * of a chart.
 */
const CONTRASTS = `(() => {
  const channels = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((value) => value / 255).map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return channels(getComputedStyle(document.body).backgroundColor);
  };
  const contrast = (colour, element) => {
    const [one, two] = [luminance(channels(colour)), luminance(behind(element))].sort((a, b) => b - a);
    return (one + 0.05) / (two + 0.05);
  };
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === "" || element.closest("style, title, desc")) continue;
    const style = getComputedStyle(element);
    const colour = element.namespaceURI.endsWith("svg") ? style.fill : style.color;
    texts.push({ what: node.data.trim().slice(0, 40), contrast: contrast(colour, element) });
  }
  const lines = [...document.querySelectorAll("svg .mark-line path, .key line")].map((line) => ({
    what: line.getAttribute("stroke"),
    contrast: contrast(getComputedStyle(line).stroke, line),
  }));
  return { texts, lines };
})()`;

interface Seen {
  readonly what: string;
  readonly contrast: number;
}

describe("the page of a report in a browser", function () {
  this.timeout(120_000);
  let browser: Browser;
  let folder: string;
  let address: string;

  before(async function () {
    // The browser may have to be installed first.
    this.timeout(600_000);
    browser = await startBrowser();
    folder = await mkdtemp(join(tmpdir(), "zero-downtime-report-"));
    const file = join(folder, "report.html");
    await writeFile(file, reportPage(releaseReport(failedCanary())));
    address = pathToFileURL(file).href;
  });

  after(async () => {
    await browser?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  /**
   * Opens the page, offline, and notes whatever it asks for and whatever the browser has to say
   * about it.
   */
  async function open(
    options: BrowserContextOptions,
    look: (page: Page, noted: { readonly asked: string[]; readonly said: string[] }) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext({ offline: true, javaScriptEnabled: true, ...options });
    try {
      const page = await context.newPage();
      const noted = { asked: [] as string[], said: [] as string[] };
      page.on("request", (request) => noted.asked.push(request.url()));
      page.on("console", (message) => noted.said.push(message.text()));
      page.on("pageerror", (error) => noted.said.push(String(error)));
      await page.goto(address);
      await look(page, noted);
    } finally {
      await context.close();
    }
  }

  it("asks for nothing but itself, and the browser has nothing to complain about", () =>
    open({ viewport: DESK }, async (_, { asked, said }) => {
      expect(asked.filter((url) => url !== address && !url.startsWith("data:"))).to.deep.equal([]);
      expect(said).to.deep.equal([]);
    }));

  it("can be read without a script: all texts are there", () =>
    open({ viewport: DESK, javaScriptEnabled: false }, async (page) => {
      const text = await page.locator("body").innerText();
      for (const heading of ["What happened", "When", "Why", "What it cost", "Stages", "Schema"])
        expect(text).to.contain(heading);
    }));

  for (const width of [320, PHONE.width, 768])
    it(`has nothing beside the screen at ${width} pixels`, () =>
      open({ viewport: { width, height: PHONE.height } }, async (page) => {
        const beside = await page.evaluate(`[...document.body.querySelectorAll("*")]
          .filter((element) => !element.closest("svg svg, svg *, thead") && element.getBoundingClientRect().right > innerWidth + 1)
          .map((element) => element.outerHTML.slice(0, 80))`);
        expect(beside).to.deep.equal([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).to.equal(width);
      }));

  it("shows every chart on a phone, in letters of at least 9 pixels", () =>
    open({ viewport: PHONE }, async (page) => {
      const charts = await page.locator('svg[role="img"]').all();
      expect(charts.length).to.be.at.least(5);
      for (const chart of charts) {
        const box = await chart.boundingBox();
        expect(box?.width).to.be.within(280, PHONE.width);
        expect(box?.height).to.be.greaterThan(120);
      }
      const lines = await page.evaluate(
        `[...document.querySelectorAll("svg .mark-line path")].map((path) => path.getTotalLength())`,
      );
      expect(Math.min(...(lines as number[]))).to.be.greaterThan(5);
      const letters = await page.evaluate(
        `[...document.querySelectorAll("svg[role=img] text")].filter((text) => text.textContent).map((text) => text.getBoundingClientRect().height)`,
      );
      expect(Math.min(...(letters as number[]))).to.be.at.least(9);
    }));

  for (const colorScheme of ["light", "dark"] as const)
    it(`has contrast enough for every text and every line when it is ${colorScheme}`, () =>
      open({ viewport: DESK, colorScheme }, async (page) => {
        const { texts, lines } = (await page.evaluate(CONTRASTS)) as { texts: Seen[]; lines: Seen[] };
        expect(texts.length).to.be.greaterThan(100);
        expect(lines.length).to.be.greaterThan(8);
        expect(texts.filter(({ contrast }) => contrast < LEAST_CONTRAST.text)).to.deep.equal([]);
        expect(lines.filter(({ contrast }) => contrast < LEAST_CONTRAST.lines)).to.deep.equal([]);
        const dark = await page.evaluate("getComputedStyle(document.body).backgroundColor");
        expect(dark).to.equal(colorScheme === "dark" ? "rgb(18, 20, 23)" : "rgb(255, 255, 255)");
      }));

  it("prints as black on white whatever the screen's colours, on a few pages", () =>
    open({ viewport: DESK, colorScheme: "dark" }, async (page) => {
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      const { texts } = (await page.evaluate(CONTRASTS)) as { texts: Seen[] };
      expect(texts.filter(({ contrast }) => contrast < LEAST_CONTRAST.text)).to.deep.equal([]);
      expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).to.equal(
        "rgb(255, 255, 255)",
      );
      const pdf = await page.pdf({ format: "A4" });
      expect(pdf.subarray(0, 5).toString()).to.equal("%PDF-");
      const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? [];
      expect(pages.length).to.be.within(2, 8);
    }));
});
