import type { Engine } from "../protocol/engine.ts";
import type {
  Checked,
  CheckRequest,
  Configured,
  ConfigureRequest,
  Created,
  CreateRequest,
  DeleteRequest,
  Difference,
  DiffRequest,
  Invoked,
  InvokeRequest,
  Provider,
  ReadAnswer,
  ReadRequest,
  UpdateRequest,
} from "../protocol/provider.ts";
import type { Properties } from "../protocol/values.ts";
import { check } from "./check.ts";
import { checkConfig, diffConfig } from "./cluster/configuration.ts";
import { create } from "./create.ts";
import { diff } from "./diff.ts";
import { read } from "./read.ts";
import { remove } from "./remove.ts";
import { openSession, type Session } from "./cluster/session.ts";
import { readSettings } from "./cluster/settings.ts";
import { update } from "./update.ts";

/** Objects of a Kubernetes cluster as Pulumi resources. */
export class KubernetesProvider implements Provider {
  readonly name = "kubernetes";
  readonly version = "4.34.2";
  readonly #engine: Engine;
  readonly #cancelled = new AbortController();
  #session: Session | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async checkConfig(request: CheckRequest): Promise<Checked> {
    return checkConfig(request, process.env["PULUMI_CONFIG"]);
  }

  async diffConfig(request: DiffRequest): Promise<Difference> {
    return diffConfig(request);
  }

  async configure(request: ConfigureRequest): Promise<Configured> {
    const settings = readSettings(request.variables, process.env);
    this.#session = await openSession(settings, this.version, this.#engine, this.#cancelled.signal);
    return { supportsAutonaming: true };
  }

  async check(request: CheckRequest): Promise<Checked> {
    return check(this.#configured(), request);
  }

  async diff(request: DiffRequest): Promise<Difference> {
    return diff(this.#configured(), request);
  }

  async create(request: CreateRequest): Promise<Created> {
    return create(this.#configured(), request);
  }

  async read(request: ReadRequest): Promise<ReadAnswer> {
    return read(this.#configured(), request);
  }

  async update(request: UpdateRequest): Promise<Properties> {
    return update(this.#configured(), request);
  }

  async delete(request: DeleteRequest): Promise<void> {
    await remove(this.#configured(), request);
  }

  async invoke(request: InvokeRequest): Promise<Invoked> {
    throw new Error(
      `Cannot call ${request.token} as this stand-in for the official kubernetes plugin has no functions. ` +
        "Install the official plugin to use it",
    );
  }

  cancel(): void {
    this.#cancelled.abort();
  }

  #configured(): Session {
    if (this.#session === undefined) throw new Error("the kubernetes provider is not configured");
    return this.#session;
  }
}
