import type { Part } from "../component.ts";
import { node, programIn, pulumi as program } from "../build/toolchain.ts";
import { installLanguageHost, languageHostProblem } from "../language-host/install.ts";
import { installPlugins, pluginsProblem } from "../build/pulumi-plugins.ts";

/** The Pulumi CLI with its language host for Node, and the provider plugins. */
export const pulumi: Part = {
  name: "pulumi",
  needs: [program, node],
  start: async (context) => {
    await installLanguageHost(context);
    await installPlugins(context);
  },
  ready: async (context) => (await languageHostProblem(context)) ?? pluginsProblem(context),
  stop: async () => undefined,
  address: (context) => programIn(context.folders, program),
};
