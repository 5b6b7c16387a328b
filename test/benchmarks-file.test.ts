import { expect } from "chai";
import { withSection } from "./bench/benchmarks-file.ts";

describe("the file of benchmarks", () => {
  it("gets a section written anew in its place, or added at the end, and keeps the others to the letter", () => {
    const text = "# Benchmarks\n\nAll of them.\n\n## One\n\nold\n\n### Part\n\n1\n\n## Two\n\n2\n";
    expect(withSection(text, "One", "new\n")).to.equal(
      "# Benchmarks\n\nAll of them.\n\n## One\n\nnew\n\n## Two\n\n2\n",
    );
    expect(withSection(text, "Three", "3")).to.equal(`${text}\n## Three\n\n3\n`);
  });

  it("is the same after the same section is written again", () => {
    const once = withSection("# Benchmarks\n", "One", "1\n\n| a |\n| --- |\n");
    expect(withSection(once, "One", "1\n\n| a |\n| --- |\n")).to.equal(once);
  });
});
