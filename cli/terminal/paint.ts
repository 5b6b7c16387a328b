import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Colour where it helps: on a terminal, unless NO_COLOR is set. */
export const paint = (style: Style, text: string): string =>
  styleText(style, text, { stream: process.stdout });
