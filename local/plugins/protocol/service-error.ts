import grpc from "@grpc/grpc-js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import { InitialisationFailure } from "./initialisation-failure.ts";
import { toStruct } from "./messages.ts";

/**
 * What gRPC sends for an error: its message, and for a half-made resource its state as a
 * status detail.
 */
export function serviceError(error: unknown): Partial<grpc.StatusObject> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof InitialisationFailure)) return { code: grpc.status.UNKNOWN, details: message };
  const failed = new providerPb.ErrorResourceInitFailed();
  failed.setId(error.id);
  failed.setProperties(toStruct(error.properties));
  failed.setReasonsList([...error.reasons]);
  if (error.inputs !== undefined) failed.setInputs(toStruct(error.inputs));
  const detail = new anyPb.Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusPb.Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  // The one place where gRPC carries structured errors.
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: message, metadata };
}
