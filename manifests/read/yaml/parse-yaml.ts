import { LineCounter, parseAllDocuments, type Document, type YAMLError } from "yaml";
import type { Finding } from "../../kube-object.ts";
import { readDocument, TEMPLATE, TEMPLATE_ADVICE, type Budget, type YamlDocument } from "./yaml-document.ts";

/** A document, and what is wrong in it though it can be read. */
export interface ParsedDocument extends YamlDocument {
  readonly refusals: readonly Finding[];
}

/** What a file's text holds. */
export interface ParsedFile {
  /** Without those that are empty, and those that cannot be read. */
  readonly documents: readonly ParsedDocument[];
  /** Of those that cannot be read. */
  readonly refusals: readonly Finding[];
}

/** Words of Helm's templates, and marks that stand in no value by chance. */
const HELM =
  /\{\{-|-\}\}|\{\{\/\*|\{\{\s*(?:\.(?:Values|Release|Chart)\b|include\s|template\s|if\s|range\s|with\s|define\s|end\b)/;

/**
 * Parses the documents of a file as kubectl does. One that is wrong is refused with its line, and
 * the others are read. Nothing of the text is repeated but keys, as it may hold secrets.
 *
 * @param file its name for people
 */
export function parseYaml(text: string, file: string, budget: Budget): ParsedFile {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, {
    // Every scalar stays text: what kubectl reads in it is decided by readPlain.
    schema: "failsafe",
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
    lineCounter: lines,
  });
  const documents: ParsedDocument[] = [];
  const refusals: Finding[] = [];
  for (const parsedOne of Array.isArray(parsed) ? (parsed as Document.Parsed[]) : []) {
    const [error] = parsedOne.errors;
    if (error) {
      refusals.push(syntaxError(error, text, file, lines));
      // Whatever else is wrong with a template is wrong because it is one.
      if (refusals.some(isTemplate)) break;
      continue;
    }
    const { document, refusals: found } = readDocument(parsedOne.contents, file, lines, budget);
    if (document === null) refusals.push(...found);
    else if (document.value !== null) documents.push({ ...document, refusals: found });
    if (refusals.some(isTemplate)) break;
  }
  return { documents, refusals };
}

const isTemplate = ({ text }: Finding): boolean => text === TEMPLATE;

function syntaxError(error: YAMLError, text: string, file: string, lines: LineCounter): Finding {
  const { line } = lines.linePos(error.pos[0]);
  const content = text.split("\n");
  const template = content.findIndex((one) => HELM.test(one)) + 1;
  if (template > 0 || content[line - 1]?.includes("{{"))
    return { source: { file, line: template || line }, text: TEMPLATE, advice: TEMPLATE_ADVICE };
  return {
    source: { file, line },
    text: `This cannot be read as YAML: ${reasonOf(error)}`,
    advice: ADVICE[error.code] ?? "",
  };
}

/** The parser's words, without what it repeats of the text. */
const reasonOf = ({ code, message }: YAMLError): string =>
  REASONS[code] ??
  message.slice(0, 1).toLowerCase() + message.slice(1).replace(/(:? "|(?<=characters): )[^]*$/, "");

/** Where the parser's words are not for people, or repeat what they are about. */
const REASONS: Partial<Record<YAMLError["code"], string>> = {
  BAD_DQ_ESCAPE: "a text in double quotes has an escape sequence that YAML does not know",
  RESOURCE_EXHAUSTION: "it is nested too deep",
};

const ADVICE: Partial<Record<YAMLError["code"], string>> = {
  TAB_AS_INDENT: "Indent with spaces",
  BLOCK_AS_IMPLICIT_KEY: "Put the value in quotes, as it has a colon in it",
  BAD_SCALAR_START: "Put the value in quotes",
  BAD_DQ_ESCAPE: "Write a backslash as `\\\\`, or use single quotes",
  MISSING_CHAR: "Close what is open there, or put the value in quotes",
};
