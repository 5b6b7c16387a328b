import type { Command } from "commander";
import type { Surroundings } from "./stages/enter-stage.ts";

/**
 * What a file of cli/commands/ exports as `define`: it adds its command to `zd`. Such a file
 * imports nothing that takes long to load; its action imports the work when it is called.
 */
export type DefineCommand = (zd: Command, surroundings: Surroundings) => unknown;
