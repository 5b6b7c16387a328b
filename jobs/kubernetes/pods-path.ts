import { selectorText } from "../../protocol/labels.ts";

/** Where the API server lists the pods with these labels. */
export const podsPath = (namespace: string, labels: Readonly<Record<string, string>>): string =>
  `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selectorText(labels))}`;
