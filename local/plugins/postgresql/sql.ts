// Putting SQL together. Grants and roles take no parameters, so names and literals are quoted here.

/** `name` as an identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `text` as a literal, whatever standard_conforming_strings says. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? ` E${quoted}` : quoted;
}

/** `schema.name`; the argument types of a function stay as they are. */
export function qualified(schema: string, name: string): string {
  const open = name.indexOf("(");
  const plain = open === -1 ? name : name.slice(0, open);
  return `${identifier(schema)}.${identifier(plain)}${open === -1 ? "" : name.slice(open)}`;
}
