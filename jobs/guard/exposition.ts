/** One line of a metrics page: a value at the moment of reading. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The part of a metrics page that is read. */
export interface Page {
  readonly series: readonly Series[];
  /** Names that the page explains, whether or not they have a value yet. */
  readonly declared: ReadonlySet<string>;
}

const DECLARATION = /^#\s*TYPE\s+(\S+)/;

/** Name and value, without the labels; a timestamp or an exemplar may follow, and is ignored. */
const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\s+(\S+)(?:\s.*)?$/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

/**
 * Parses a page in the text format of Prometheus (0.0.4, and what OpenMetrics has in common with
 * it), but only the wanted lines: a pod's page may be long, and the rest takes no memory.
 *
 * @throws {SyntaxError} with the line, where a wanted one cannot be parsed
 */
export function parseExposition(page: string, isWanted: (name: string) => boolean): Page {
  const series: Series[] = [];
  const declared = new Set<string>();
  for (let start = 0; start < page.length;) {
    const newline = page.indexOf("\n", start);
    const end = newline === -1 ? page.length : newline;
    const name = nameAt(page, start, end);
    if (name !== "" && isWanted(name)) series.push(readLine(page.slice(start, end).trim()));
    const declaring = page[start] === "#" ? DECLARATION.exec(page.slice(start, end)) : null;
    if (declaring?.[1] !== undefined) declared.add(declaring[1]);
    start = end + 1;
  }
  return { series, declared };
}

/** Empty for comments and blank lines. */
function nameAt(page: string, start: number, end: number): string {
  let at = start;
  while (at < end && page[at] !== "{" && page[at] !== " " && page[at] !== "\t" && page[at] !== "#") at += 1;
  return page.slice(start, at);
}

function readLine(line: string): Series {
  // A label's value may hold a brace, so the last one before the value ends the labels.
  const brace = line.indexOf("{");
  const close = brace === -1 ? -1 : endOfLabels(line, brace);
  const shape = close === -1 ? line : `${line.slice(0, brace)}${line.slice(close + 1)}`;
  const [, name, value] = LINE.exec(shape) ?? [];
  if (name === undefined || value === undefined || (brace !== -1 && close === -1)) throw unreadable(line);
  return {
    name,
    labels: close === -1 ? {} : labelsOf(line.slice(brace + 1, close), line),
    value: readValue(value, line),
  };
}

function endOfLabels(line: string, brace: number): number {
  let isQuoted = false;
  for (let at = brace + 1; at < line.length; at += 1) {
    if (isQuoted && line[at] === "\\") at += 1;
    else if (line[at] === '"') isQuoted = !isQuoted;
    else if (!isQuoted && line[at] === "}") return at;
    // An exemplar's braces come after the value.
    else if (!isQuoted && line[at] === "{") return -1;
  }
  return -1;
}

/** All pods of an application count by the same labels, and they are read again at every look. */
const known = new Map<string, Readonly<Record<string, string>>>();
const MOST_KNOWN = 2_000;

function labelsOf(text: string, line: string): Readonly<Record<string, string>> {
  const found = known.get(text);
  if (found) return found;
  // Cut from a page, a text would keep the whole page in memory.
  const copy = Buffer.from(text).toString();
  const labels = readLabels(copy, line);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(copy, labels);
  return labels;
}

const ESCAPED: Readonly<Record<string, string>> = { "\\n": "\n", "\\\\": "\\", '\\"': '"' };

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined) throw unreadable(line);
    labels[name] = value.replace(/\\./g, (escaped) => ESCAPED[escaped] ?? escaped);
  }
  return labels;
}

function readValue(text: string, line: string): number {
  if (/^[+]?Inf$/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^-Inf$/i.test(text)) return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  if (Number.isNaN(value) && !/^NaN$/i.test(text)) throw unreadable(line);
  return value;
}

const unreadable = (line: string) =>
  new SyntaxError(
    `Cannot read a line of the metrics page as it is no "name{label="value"} number": ${line.slice(0, 200)}`,
  );
