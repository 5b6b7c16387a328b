import type { Engine } from "../protocol/engine.ts";
import type {
  Checked,
  CheckRequest,
  Configured,
  ConfigureRequest,
  Created,
  CreateRequest,
  Difference,
  DiffRequest,
  Invoked,
  InvokeRequest,
  Provider,
  ReadAnswer,
  ReadRequest,
  UpdateRequest,
} from "../protocol/provider.ts";
import { parseUrn } from "../protocol/urn.ts";
import { reveal, revealProperties, type Properties } from "../protocol/values.ts";
import { findBuilder, type Builder } from "./builder.ts";
import { buildsInPreview, checkImage, diffImage, makeImage } from "./image.ts";

/** Images built from Dockerfiles as Pulumi resources. */
export class DockerProvider implements Provider {
  readonly name = "docker";
  readonly version = "5.2.0";
  readonly #engine: Engine;
  readonly #cancelled = new AbortController();
  #builder: Builder | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async checkConfig(request: CheckRequest): Promise<Checked> {
    return { inputs: request.news, failures: [] };
  }

  async diffConfig(request: DiffRequest): Promise<Difference> {
    const [olds, news] = [revealProperties(request.olds), revealProperties(request.news)];
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
    const diffs = keys.filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
    return { changed: diffs.length > 0, replaces: [], deleteBeforeReplace: false, diffs };
  }

  /** Wants a builder already in a preview, as the official provider wants a daemon. */
  async configure(request: ConfigureRequest): Promise<Configured> {
    const host = request.variables.get("docker:config:host") ?? process.env["DOCKER_HOST"];
    this.#builder = await findBuilder(host === "" ? undefined : host);
    return { supportsAutonaming: false };
  }

  async check(request: CheckRequest): Promise<Checked> {
    requireImage(request.urn);
    return checkImage(request, this.#engine);
  }

  async diff(request: DiffRequest): Promise<Difference> {
    return diffImage(request);
  }

  async create(request: CreateRequest): Promise<Created> {
    const { urn, properties, preview } = request;
    if (preview && !buildsInPreview(properties, urn, this.#engine)) return { id: "", properties };
    const id = String(reveal(properties["imageName"] ?? ""));
    return { id, properties: await this.#make(urn, properties, preview) };
  }

  // What is in the registry is not looked at.
  async read(request: ReadRequest): Promise<ReadAnswer> {
    const { id, properties, inputs } = request;
    return { id, properties, inputs };
  }

  async update(request: UpdateRequest): Promise<Properties> {
    const { urn, news, preview } = request;
    if (preview && !buildsInPreview(news, urn, this.#engine)) return news;
    return this.#make(urn, news, preview);
  }

  /** Leaves the image where it is. */
  async delete(): Promise<void> {
    // Nothing is deleted, neither here nor in the registry.
  }

  async invoke(request: InvokeRequest): Promise<Invoked> {
    throw new Error(
      `Cannot call ${request.token} as this stand-in for the official docker plugin has no functions. ` +
        "Install the official plugin to use it",
    );
  }

  cancel(): void {
    this.#cancelled.abort();
  }

  async #make(urn: string, inputs: Properties, preview: boolean): Promise<Properties> {
    if (this.#builder === undefined) throw new Error("the docker provider is not configured");
    const place = { urn, preview, engine: this.#engine, cancelled: this.#cancelled.signal };
    return makeImage(this.#builder, inputs, place);
  }
}

function requireImage(urn: string): void {
  const { type } = parseUrn(urn);
  if (type === "docker:index/image:Image") return;
  throw new Error(
    `Cannot serve ${type} as this stand-in for the official docker plugin does not imitate it. ` +
      "Install the official plugin to use it",
  );
}
