import { fill } from "../../example/fill.ts";
import type { LoadOptions } from "../../example/load/options.ts";
import { startLoad, type Load } from "../../example/load/start-load.ts";
import { watchRoute, type RouteWatch } from "../rehearsal/route-watch.ts";
import {
  addressBookConfig,
  connectionOf,
  createAddressBook,
  type AddressBook,
  type Images,
} from "./journey/address-book.ts";
import { goodImages, jobsImage, theTarget } from "./journey/journey-images.ts";
import type { Outcome } from "./journey/stack.ts";
import type { Target } from "./target.ts";

/**
 * What is special about a journey; everything else is the address book's usual release by
 * blue-green.
 */
export interface JourneyOptions {
  /** `app.name`; what the cluster shows begins with it. @default "address-book" */
  readonly application?: string;
  /** Config that differs; may need the cluster's facts. */
  readonly config?: (target: Target, images: Images) => Record<string, unknown>;
  /** Settings of the application that differ. */
  readonly app?: Readonly<Record<string, unknown>>;
  readonly database?: Readonly<Record<string, unknown>>;
  /** Values that are set with `--secret`, by their paths in config. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Addresses that are there before the release; none without a database. @default 3000 */
  readonly rows?: number;
  /** Requests a second. @default 80 */
  readonly rate?: number;
  /** Where and how the users come in. @default by the gateway */
  readonly load?: Partial<LoadOptions>;
  /** Users of another application than the address book. */
  readonly users?: (target: Target) => Promise<Load>;
  readonly images?: (target: Target) => Promise<Images>;
}

/** Version 1, installed and in use: where every journey begins. */
export interface Scene {
  readonly target: Target;
  readonly images: Images;
  readonly book: AddressBook;
  readonly load: Load;
  readonly watch: RouteWatch;
  readonly installation: Outcome;
}

/** What journeys release unless they say otherwise. */
export const ADDRESS_BOOK = "address-book";

/** Addresses that are there before the release, unless a journey says otherwise. */
export const ROWS = 3000;

/** Installs version 1 in a namespace and a database of its own, and lets the users in. */
export async function setScene(name: string, options: JourneyOptions): Promise<Scene> {
  const { rows = ROWS, application = ADDRESS_BOOK, secrets = {} } = options;
  const target = await theTarget();
  const images = await (options.images ?? goodImages)(target);
  const changes = await changesOf(target, name, images, options);
  const book = await createAddressBook(target, name, images, changes, secrets);
  try {
    const installation = await book.stack.up();
    if (!installation.isOk) throw new Error(`Cannot install version 1:\n${installation.text}`);
    if (rows > 0) await fill({ connection: connectionOf(target, book), count: rows });
    const load = await usersOf(target, book, options);
    const watch = watchRoute(target, name, application);
    return { target, images, book, load, watch, installation };
  } catch (error) {
    await book.remove();
    throw error;
  }
}

async function changesOf(target: Target, name: string, images: Images, options: JourneyOptions) {
  const usual = addressBookConfig(target, name, images) as Record<"app" | "database", object>;
  return {
    jobs: { image: await jobsImage(target) },
    app: { ...usual.app, ...options.app },
    database: { ...usual.database, ...options.database },
    ...options.config?.(target, images),
  };
}

async function usersOf(target: Target, book: AddressBook, options: JourneyOptions): Promise<Load> {
  if (options.users) return options.users(target);
  const url = target.gateway.publicUrl;
  const usual = { url, hostHeader: book.host, allowHost: new URL(url).hostname, rate: options.rate ?? 80 };
  return startLoad({ ...usual, ...options.load });
}
