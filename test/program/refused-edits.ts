/** Edits of a config that are refused, and what is said of each. */
export interface RefusedEdits {
  readonly what: string;
  readonly changes: Readonly<Record<string, unknown>>;
  readonly messages: readonly RegExp[];
}

/** Nobody pulls it. */
const IMAGE = `registry.example.com/shop@sha256:${"1".repeat(64)}`;

/** What may not become of a config that is stable with version 1.0.0 on blue. */
export const REFUSED_EDITS: readonly RefusedEdits[] = [
  {
    what: "a missing key",
    changes: { traffic: undefined },
    messages: [/missing configuration value 'zero-downtime:traffic'/],
  },
  {
    what: "an unknown phase and an image without a digest",
    changes: {
      phase: "swich",
      green: { version: "2.0.0", image: "registry/app:latest", schema: "0002-split-street" },
    },
    messages: [
      /zero-downtime:phase must be one of stable, .*; its value is "swich"/,
      /zero-downtime:green\.image must name an image by digest.*; its value is "registry\/app:latest"/,
    ],
  },
  {
    what: "colours with the same version",
    changes: { green: { version: "1.0.0", image: IMAGE, schema: "0002-split-street" } },
    messages: [/green\.version must differ from blue\.version/],
  },
  {
    what: "a jump over a stage, and an edit of the active colour in place on the way",
    changes: {
      phase: "deploy",
      blue: { version: "1.0.1", image: IMAGE, schema: "0001-create-address" },
    },
    messages: [
      /Cannot go to deploy with blue active as the completed stage is stable with blue active\. The next legal step is expand with blue active/,
      /Cannot change blue\.version from "1\.0\.0" to "1\.0\.1".*the active colour never changes in place/,
    ],
  },
  {
    what: "an edit that belongs to another stage",
    changes: { phase: "expand", soak: 1 },
    messages: [/Cannot change soak from 5 to 1: settings may change in stable only/],
  },
  {
    what: "a password in clear",
    changes: { databasePasswords: { admin: "in clear" } },
    messages: [/zero-downtime:databasePasswords/],
  },
];
