import { expect } from "chai";
import type { Suite } from "mocha";
import { isClean, type Report } from "../../../example/load/report.ts";
import type { Load } from "../../../example/load/start-load.ts";

/** Users who come another way than those of the journey. */
export interface FurtherUsers {
  readonly load: () => Load;
  /** Ends them: nothing of what they asked for was lost. */
  readonly lostNothing: () => Promise<void>;
}

/** They come when the journey has begun. */
export function furtherUsers(suite: Suite, come: () => Promise<Load>): FurtherUsers {
  let users: Load | undefined;
  let report: Report | undefined;
  suite.beforeAll(async () => {
    users = await come();
  });
  suite.afterAll(async () => {
    report ??= await users?.stop();
  });
  const load = () => {
    if (!users) throw new Error("Nobody has come yet");
    return users;
  };
  return {
    load,
    lostNothing: async () => {
      report ??= await load().stop();
      expect(report.problems).to.deep.equal([]);
      expect(isClean(report), JSON.stringify(report.totals)).to.equal(true);
    },
  };
}
