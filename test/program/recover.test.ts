import { expect } from "chai";
import { up } from "../../local/environment.ts";
import { buildExamples, createAddressBook, type AddressBook } from "../support/journey/address-book.ts";
import { localTarget } from "../support/target.ts";

describe("a stack whose state was lost in mid-release", () => {
  let book: AddressBook;

  before(async function () {
    this.timeout(300_000);
    const target = localTarget(await up());
    book = await createAddressBook(target, "recover", await buildExamples(target));
    await goes({ phase: "stable" });
    await goes({ phase: "expand" });
    await book.stack.loseState();
  });

  after(async function () {
    this.timeout(120_000);
    await book?.remove();
  });

  async function goes(config: Record<string, unknown>): Promise<void> {
    await book.stack.configure(config);
    const outcome = await book.stack.up();
    expect(outcome.isOk, outcome.text).to.equal(true);
  }

  async function isRefused(config: Record<string, unknown>, message: RegExp): Promise<void> {
    await book.stack.configure(config);
    const outcome = await book.stack.up();
    expect(outcome.isOk, outcome.text).to.equal(false);
    expect(outcome.text).to.match(message);
  }

  it("is refused every stage but the one that the ledger shows", async function () {
    this.timeout(300_000);
    await isRefused(
      { phase: "expand" },
      /Cannot begin at expand with blue active.*set zero-downtime:recover to true/,
    );
    await isRefused(
      { phase: "deploy", recover: true },
      /Cannot recover at deploy as the ledger must show 0002-split-street filled/,
    );
  });

  it("is refused a stage that the entrance does not show", async function () {
    this.timeout(120_000);
    await isRefused(
      { phase: "switch", active: "green", recover: true },
      /Cannot recover at this stage as the entrance must show its weights: it shows blue 100 %, the stage has green 100 %/,
    );
  });

  it("goes on from the stage that it is in, and back, also where the program has got a new setting since", async function () {
    this.timeout(300_000);
    await goes({ phase: "expand", active: "blue", recover: true });
    // As by a program that knew neither: both have defaults now.
    await book.stack.editState((text) => text.replace(/^ *"(identityPath|readsStatistics)": .*,\n/gm, ""));
    await goes({ phase: "stable", recover: undefined });
    expect(await book.stack.outputs()).to.include({ phase: "stable", schema: "0001-create-address" });
  });
});
