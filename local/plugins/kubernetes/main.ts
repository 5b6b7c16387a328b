// A stand-in for the official Pulumi provider plugin `kubernetes`, 4.34.2, over the real API of a
// real cluster. It is meant to be as hard to please as the official one, in the same words.
//
// Stricter: fields that the API does not know are refused at create (there they are dropped without
// a word).
// Left out, and refused: client-side apply, Patch and List resources, Helm, YAML and Kustomize
// resources, rendering to files, functions, PULUMI_K8S_AWAIT_ALL, waits for DaemonSet, Ingress and
// CustomResourceDefinition, credential plugins in kubeconfigs, slices and functions in JSONPath.
// Left out, and not noticed: kubeClientSettings.burst and qps, warnings of deprecated API versions,
// Helm hook warnings, rejectUnknownResources, the events of an object in the status column, several
// files in $KUBECONFIG.
// Differs: inputs are compared after a normalisation that knows quantities, Secrets and empty
// values, not each kind's types.
import { Engine } from "../protocol/engine.ts";
import { serve } from "../protocol/serve.ts";
import { KubernetesProvider } from "./kubernetes-provider.ts";

await serve((engine) => new KubernetesProvider(engine), new Engine());
