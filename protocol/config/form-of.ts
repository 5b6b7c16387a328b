import type { Form } from "../labels.ts";

/** Who describes the next version: its manifests where config names any. */
export const formOf = ({ manifests }: { readonly manifests: string }): Form =>
  manifests === "" ? "simple" : "manifests";
