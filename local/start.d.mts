/** What of a lock file is not installed as it says; optional packages (other platforms) may be absent. */
export function outdatedPackages(
  wanted: { packages: Record<string, { version?: string; optional?: boolean; link?: boolean }> },
  installed: { packages: Record<string, { version?: string }> } | undefined,
): string[];
