/** The parts of a resource's URN that providers need. */
export interface Urn {
  /** Type token, `package:module:Name`. */
  readonly type: string;
  readonly name: string;
}

/** Parses `urn:pulumi:stack::project::parent$type::name`; a name may hold `::`. */
export function parseUrn(urn: string): Urn {
  const parts = urn.split("::");
  const qualified = parts[2] ?? "";
  return { type: qualified.slice(qualified.lastIndexOf("$") + 1), name: parts.slice(3).join("::") };
}
