// Between protobuf messages and the plain requests and answers of a provider.
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import type * as pb from "@pulumi/pulumi/proto/provider_pb.js";
import type {
  Autonaming,
  Change,
  Checked,
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DeleteRequest,
  Difference,
  DiffRequest,
  Failure,
  ReadRequest,
  UpdateRequest,
} from "./provider.ts";
import { decodeProperties, encodeProperties, type Properties } from "./values.ts";

type Struct = InstanceType<typeof structPb.Struct>;

const MODES = ["propose", "enforce", "disable"] as const;
const KINDS = { add: 0, delete: 2, update: 4 } as const;

/** Reads a struct; an absent one is empty. */
export function fromStruct(struct: Struct | undefined): Properties {
  return struct === undefined ? {} : decodeProperties(struct.toJavaScript());
}

/** Writes a struct. */
export function toStruct(properties: Properties): Struct {
  return structPb.Struct.fromJavaScript(encodeProperties(properties));
}

/** Reads a Check or CheckConfig. */
export function readCheck(request: pb.CheckRequest): CheckRequest {
  const options = request.getAutonaming();
  const mode = MODES[options?.getMode() ?? 0];
  const autonaming: Autonaming | undefined =
    options === undefined || mode === undefined ? undefined : { mode, proposed: options.getProposedName() };
  return {
    urn: request.getUrn(),
    olds: fromStruct(request.getOlds()),
    news: fromStruct(request.getNews()),
    seed: request.getRandomseed_asU8(),
    ...(autonaming === undefined ? {} : { autonaming }),
  };
}

/** Writes why an input is refused. */
export function writeFailure(failure: Failure): pb.CheckFailure {
  const message = new providerPb.CheckFailure();
  message.setProperty(failure.property ?? "");
  message.setReason(failure.reason);
  return message;
}

/** Writes the answer to a Check. */
export function writeChecked(checked: Checked): pb.CheckResponse {
  const response = new providerPb.CheckResponse();
  response.setInputs(toStruct(checked.inputs));
  response.setFailuresList(checked.failures.map(writeFailure));
  return response;
}

/** Reads a Diff or DiffConfig. */
export function readDiff(request: pb.DiffRequest): DiffRequest {
  return {
    id: request.getId(),
    urn: request.getUrn(),
    olds: fromStruct(request.getOlds()),
    oldInputs: fromStruct(request.getOldInputs()),
    news: fromStruct(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

/** Writes the answer to a Diff. */
export function writeDifference(difference: Difference): pb.DiffResponse {
  const response = new providerPb.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = providerPb.DiffResponse.DiffChanges;
  response.setChanges(difference.changed ? DIFF_SOME : DIFF_NONE);
  response.setReplacesList([...difference.replaces]);
  response.setDeletebeforereplace(difference.deleteBeforeReplace);
  response.setDiffsList([...(difference.diffs ?? [])]);
  response.setHasdetaileddiff(difference.detailed !== undefined);
  for (const [path, change] of difference.detailed ?? []) {
    response.getDetaileddiffMap().set(path, writeChange(change));
  }
  return response;
}

// The kinds are numbered in pairs: without and with replacement.
function writeChange(change: Change): pb.PropertyDiff {
  const message = new providerPb.PropertyDiff();
  const kind = KINDS[change.kind] + (change.replaces ? 1 : 0);
  message.setKind(kind);
  message.setInputdiff(change.input);
  return message;
}

/** Reads the settings of the provider. */
export function readConfigure(request: pb.ConfigureRequest): ConfigureRequest {
  const variables = new Map<string, string>();
  request.getVariablesMap().forEach((value, key) => variables.set(key, value));
  return { variables, args: fromStruct(request.getArgs()) };
}

/** Reads a Create. */
export function readCreate(request: pb.CreateRequest): CreateRequest {
  return {
    urn: request.getUrn(),
    properties: fromStruct(request.getProperties()),
    timeout: request.getTimeout(),
    preview: request.getPreview(),
  };
}

/** Reads a Read. */
export function readRead(request: pb.ReadRequest): ReadRequest {
  return {
    id: request.getId(),
    urn: request.getUrn(),
    properties: fromStruct(request.getProperties()),
    inputs: fromStruct(request.getInputs()),
  };
}

/** Reads an Update. */
export function readUpdate(request: pb.UpdateRequest): UpdateRequest {
  return {
    id: request.getId(),
    urn: request.getUrn(),
    olds: fromStruct(request.getOlds()),
    oldInputs: fromStruct(request.getOldInputs()),
    news: fromStruct(request.getNews()),
    timeout: request.getTimeout(),
    ignoreChanges: request.getIgnorechangesList(),
    preview: request.getPreview(),
  };
}

/** Reads a Delete. */
export function readDelete(request: pb.DeleteRequest): DeleteRequest {
  return {
    id: request.getId(),
    urn: request.getUrn(),
    properties: fromStruct(request.getProperties()),
    timeout: request.getTimeout(),
  };
}
