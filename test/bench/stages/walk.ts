import { fill } from "../../../example/fill.ts";
import { startLoad, type Load } from "../../../example/load/start-load.ts";
import { connectionOf, createAddressBook, type AddressBook } from "../../support/journey/address-book.ts";
import { goodImages, jobsImage } from "../../support/journey/journey-images.ts";
import type { Target } from "../../support/target.ts";
import { accountOf, type Account } from "./account.ts";
import { measure, TELLS_EVENTS } from "./measure.ts";
import type { Leg } from "./walks.ts";
import { watchCluster } from "./watch-cluster.ts";

/** Namespace, database and stack of a walk. */
const NAME = "bench-stages";
const APP = "address-book";

/** What a walk is done with. */
export interface WalkOptions {
  readonly rows: number;
  /** Requests a second. */
  readonly rate: number;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly say: (line: string) => void;
}

/** What was measured on one walk. */
export interface Walked {
  /** One for each leg. */
  readonly accounts: readonly Account[];
  readonly sent: number;
  readonly failed: number;
}

/**
 * Walks through the legs on a stack of its own, from its installation on; in the end stack,
 * namespace and database are gone again.
 */
export async function walk(target: Target, legs: readonly Leg[], options: WalkOptions): Promise<Walked> {
  // The stages are timed, not the time that people let pass between them.
  const config = { jobs: { image: await jobsImage(target) }, soak: 0, ...options.config };
  const telling = { ...target, variables: { ...target.variables, ...TELLS_EVENTS } };
  const book = await createAddressBook(telling, NAME, await goodImages(target), config);
  const watch = watchCluster(target, NAME);
  let load: Load | undefined;
  try {
    const accounts: Account[] = [];
    for (const leg of legs) {
      const account = accountOf(await measure({ target, book, watch }, leg), APP);
      accounts.push(account);
      options.say(`${leg.title}: ${account.seconds.toFixed(1)} s`);
      if (leg !== legs.at(-1)) load ??= await letUsersIn(target, book, options);
    }
    const { totals } = (await load?.stop()) ?? {};
    load = undefined;
    return { accounts, sent: totals?.sent ?? 0, failed: (totals?.failed ?? 0) + (totals?.wrong ?? 0) };
  } finally {
    await load?.stop();
    watch.stop();
    await book.remove();
  }
}

async function letUsersIn(target: Target, book: AddressBook, { rows, rate }: WalkOptions): Promise<Load> {
  await fill({ connection: connectionOf(target, book), count: rows });
  const url = target.gateway.publicUrl;
  return startLoad({ url, hostHeader: book.host, allowHost: new URL(url).hostname, rate });
}
