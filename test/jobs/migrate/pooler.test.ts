import { expect } from "chai";
import { refuseTransactionPool, type Greeted } from "../../../jobs/migrate/database/connect.ts";

/**
 * A pooler before `servers` processes: it lends the one given back last, for a transaction or, in
 * session mode, for good.
 */
class Pooler {
  readonly #idle: number[];
  readonly #mode: "transaction" | "session";

  constructor(mode: "transaction" | "session") {
    this.#mode = mode;
    this.#idle = [11, 12];
  }

  connect(): Greeted {
    let own: number | undefined;
    let depth = 0;
    const borrow = (): number => (own ??= this.#idle.pop() ?? 0);
    const giveBack = (): void => {
      if (this.#mode === "session" || depth > 0 || own === undefined) return;
      this.#idle.push(own);
      own = undefined;
    };
    return {
      greetedBy: 4711,
      processId: () => {
        const process = borrow();
        giveBack();
        return Promise.resolve(process);
      },
      transaction: async (work) => {
        depth++;
        borrow();
        const result = await work();
        depth--;
        giveBack();
        return result;
      },
    };
  }
}

describe("refuseTransactionPool()", () => {
  it("refuses a pooler that lends a connection for one transaction, with the reason", async () => {
    const pooler = new Pooler("transaction");
    const refused = await refuseTransactionPool(pooler.connect(), pooler.connect()).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(Error);
    expect(String(refused)).to.match(
      /Cannot work through a transaction-mode pooler as locks and settings of a session are void there/,
    );
  });

  it("accepts a pooler in session mode", async () => {
    const pooler = new Pooler("session");
    await refuseTransactionPool(pooler.connect(), pooler.connect());
  });

  it("accepts the server itself", async () => {
    const direct: Greeted = {
      greetedBy: 11,
      processId: () => Promise.resolve(11),
      transaction: (work) => work(),
    };
    await refuseTransactionPool(direct, direct);
  });
});
