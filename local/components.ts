import type { Part } from "./component.ts";
import { apiserver } from "./parts/apiserver.ts";
import { baseImages } from "./parts/base-images.ts";
import { containerd } from "./parts/containerd.ts";
import { contour } from "./parts/contour.ts";
import { controllerManager } from "./parts/controller-manager.ts";
import { coredns } from "./parts/coredns.ts";
import { envoy } from "./parts/envoy.ts";
import { etcd } from "./parts/etcd.ts";
import { hostNetwork } from "./parts/host-network.ts";
import { kubeProxy } from "./parts/kube-proxy.ts";
import { kubelet } from "./parts/kubelet.ts";
import { postgres } from "./parts/postgres.ts";
import { pulumi } from "./parts/pulumi.ts";
import { registry } from "./parts/registry.ts";
import { scheduler } from "./parts/scheduler.ts";

/** The parts in the order of their start; they end in the opposite one. */
export const parts: readonly Part[] = [
  hostNetwork,
  postgres,
  registry,
  baseImages,
  containerd,
  etcd,
  apiserver,
  controllerManager,
  scheduler,
  kubelet,
  kubeProxy,
  coredns,
  contour,
  envoy,
  pulumi,
];
