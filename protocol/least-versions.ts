/** What the product needs of something that it does not bring along. */
export interface LeastVersion {
  /** As people call it. */
  readonly title: string;
  /** The oldest version that is known to work, in digits and dots. */
  readonly version: string;
  /** What needs it. */
  readonly why: string;
}

/**
 * The oldest versions that a release works with. Whoever asks for one reads it here, and so do the
 * documents: a test compares them.
 */
export const LEAST_VERSIONS = {
  kubernetes: {
    title: "Kubernetes",
    version: "1.30",
    why: "a pod that ends goes on serving for a while by `preStop.sleep`",
  },
  gatewayApi: {
    title: "Gateway API",
    version: "1.0",
    why: "`traffic.mode: gateway` writes an HTTPRoute of `gateway.networking.k8s.io/v1`",
  },
  postgresql: {
    title: "PostgreSQL",
    version: "14",
    why: "no older one has ever been tried",
  },
  pulumi: {
    title: "Pulumi",
    version: "3.254.0",
    why: "the marks of a release are Stashes, and hooks refuse illegal moves in a preview too",
  },
} as const satisfies Readonly<Record<string, LeastVersion>>;

/** Whether a version is at least another; missing digits are 0. */
export function isAtLeast(version: string, least: string): boolean {
  const [found, wanted] = [version, least].map((text) => text.split(".").map(Number));
  const different = wanted?.findIndex((digits, at) => digits !== (found?.[at] ?? 0)) ?? -1;
  return different < 0 || (found?.[different] ?? 0) > (wanted?.[different] ?? 0);
}
