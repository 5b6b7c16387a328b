import { InitialisationFailure } from "../protocol/initialisation-failure.ts";
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
import { parseUrn } from "../protocol/urn.ts";
import { revealProperties, type Properties } from "../protocol/values.ts";
import { check } from "./check.ts";
import { readConnection, settingFailures } from "./connection-settings.ts";
import {
  difference,
  plannedState,
  recordedValues,
  refreshedInputs,
  wantedValues,
  withSecrets,
} from "./plan.ts";
import { typeOf } from "./resources/resource-types.ts";
import { messageOf, Server } from "./server.ts";

/** Roles, grants, schemas and databases of a PostgreSQL server as Pulumi resources. */
export class PostgresqlProvider implements Provider {
  readonly name = "postgresql";
  readonly version = "3.18.1";
  #server: Server | undefined;

  async checkConfig(request: CheckRequest): Promise<Checked> {
    const settings = revealProperties(request.news);
    return { inputs: request.news, failures: settingFailures(parseUrn(request.urn).name, settings) };
  }

  // No setting makes the resources of a provider new ones.
  async diffConfig(request: DiffRequest): Promise<Difference> {
    const [olds, news] = [revealProperties(request.olds), revealProperties(request.news)];
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
    const diffs = keys.filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
    return { changed: diffs.length > 0, replaces: [], deleteBeforeReplace: false, diffs };
  }

  /** Opens no connection: the first operation does. */
  async configure(request: ConfigureRequest): Promise<Configured> {
    const setting = (key: string): string | undefined => request.variables.get(`postgresql:config:${key}`);
    this.#server = new Server(readConnection(setting, process.env));
    return { supportsAutonaming: true };
  }

  async check(request: CheckRequest): Promise<Checked> {
    return check(typeOf(request.urn), request);
  }

  async diff(request: DiffRequest): Promise<Difference> {
    return difference(typeOf(request.urn), request.olds, request.news, request.ignoreChanges);
  }

  async create(request: CreateRequest): Promise<Created> {
    const type = typeOf(request.urn);
    const planned = plannedState(type, {}, request.properties);
    if (request.preview) return { id: "", properties: planned };
    const server = this.#configured();
    const wanted = wantedValues(type, {}, request.properties);
    const id = await wrapped(type.create(server, wanted));
    try {
      const found = await type.read(server, id, wanted);
      if (found === undefined) throw new Error(`the resource ${id} is not there right after it was created`);
      return { id, properties: withSecrets(type, found.values, request.properties) };
    } catch (error) {
      throw halfDone(id, planned, `creating ${request.urn}`, error);
    }
  }

  async read(request: ReadRequest): Promise<ReadAnswer> {
    const type = typeOf(request.urn);
    const recorded = recordedValues(request.properties);
    const found = await wrapped(type.read(this.#configured(), request.id, recorded));
    if (found === undefined) return { id: "", properties: {}, inputs: {} };
    return {
      id: found.id,
      properties: withSecrets(type, found.values, { ...request.properties, ...request.inputs }),
      inputs: refreshedInputs(type, request.inputs, found.values),
    };
  }

  /**
   * A failed update is recorded as if it had been made, together with the failure; the next `up`
   * runs it again, but sees no difference any more, so that what is set only where it changed (a
   * password, a flag) stays as it was. That is how the official provider has it.
   */
  async update(request: UpdateRequest): Promise<Properties> {
    const { olds, news, urn, ignoreChanges, id } = request;
    const type = typeOf(urn);
    const { changed } = difference(type, olds, news, ignoreChanges);
    if (!changed && (request.preview || type.update === undefined)) return olds;
    const planned = plannedState(type, olds, news);
    if (request.preview) return planned;
    const server = this.#configured();
    const wanted = wantedValues(type, olds, news);
    try {
      await type.update?.(server, recordedValues(olds), wanted);
      const found = await type.read(server, renamedId(id, olds, wanted), wanted);
      return withSecrets(type, found?.values ?? wanted, news);
    } catch (error) {
      throw halfDone(id, planned, `updating ${urn}`, error);
    }
  }

  async delete(request: DeleteRequest): Promise<void> {
    await wrapped(typeOf(request.urn).delete(this.#configured(), recordedValues(request.properties)));
  }

  async invoke(request: InvokeRequest): Promise<Invoked> {
    throw new Error(
      `Cannot call ${request.token} as this stand-in for the official postgresql plugin has no functions. ` +
        "Install the official plugin to use it",
    );
  }

  cancel(): void {
    // Statements under way end by themselves; the engine waits for them.
  }

  #configured(): Server {
    if (this.#server === undefined) throw new Error("the postgresql provider is not configured");
    return this.#server;
  }
}

// Roles and databases go by their name, schemas and extensions by it with the database in front.
function renamedId(id: string, olds: Properties, wanted: Properties): string {
  const { name } = revealProperties({ name: olds["name"] ?? "" });
  const next = String(wanted["name"] ?? "");
  if (name === next || next === "") return id;
  return id === name ? next : id;
}

/** Errors in the list form in which the bridge shows them. */
async function wrapped<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw new Error(listed(error), { cause: error });
  }
}

function listed(error: unknown): string {
  return `1 error occurred:\n\t* ${messageOf(error)}\n\n`;
}

function halfDone(id: string, properties: Properties, what: string, error: unknown): InitialisationFailure {
  const reason = `${what}: ${listed(error)}`;
  return new InitialisationFailure(reason, { id, properties, reasons: [reason] });
}
