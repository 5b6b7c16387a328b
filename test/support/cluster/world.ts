import { asAdmin, kubectl, type Target } from "../target.ts";

/**
 * All that a release has in the cluster and in the database; a refused move leaves every character
 * of it.
 */
export async function worldOf(target: Target, namespace: string, database: string): Promise<string> {
  const kinds = "deployments,services,jobs,httproutes,secrets,poddisruptionbudgets";
  const columns =
    "jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{'\\n'}{end}";
  const objects = await kubectl(target, "-n", namespace, "get", kinds, "-o", columns);
  const catalog = await asAdmin(target, database, (client) =>
    client.query(
      "SELECT table_schema, table_name, column_name FROM information_schema.columns ORDER BY 1, 2, 3",
    ),
  );
  return `${objects}\n${JSON.stringify(catalog.rows)}`;
}
