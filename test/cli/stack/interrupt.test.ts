import { expect } from "chai";
import { forEngine, TOLD_BY_TERMINAL } from "../../../cli/stack/interrupt.ts";

describe("an interrupt", () => {
  it("stops zd between its stages, and is not told twice to an engine that has had it from the terminal", () => {
    const stopping = new AbortController();
    const engine = forEngine(stopping.signal);
    stopping.abort(TOLD_BY_TERMINAL);
    expect(stopping.signal.aborted).to.equal(true);
    expect(engine.aborted).to.equal(false);
  });

  it("reaches the engine where no terminal has told it, also one that begins afterwards", () => {
    const stopping = new AbortController();
    const engine = forEngine(stopping.signal);
    expect(engine.aborted).to.equal(false);
    stopping.abort();
    expect(engine.aborted).to.equal(true);
    expect(forEngine(stopping.signal).aborted).to.equal(true);
  });
});
