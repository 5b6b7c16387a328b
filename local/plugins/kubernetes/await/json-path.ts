// JSONPath as far as RFC 9535 is of use in `pulumi.com/waitFor`: names, indices, wildcards,
// descendants and filters with comparisons, existence tests, &&, ||, ! and parentheses. Left out,
// and refused: slices, unions, functions.
import { isProperties, type Value } from "../../protocol/values.ts";

type Test = (node: Value) => boolean;
type Step = (nodes: Value[]) => Value[];

/** A parsed expression: selects nodes from a document, in order. */
export type Query = (document: Value) => Value[];

/**
 * Parses an expression that starts with `$`. Throws a SyntaxError when it is malformed or uses what
 * is left out.
 */
export function parseQuery(expression: string): Query {
  const parser = new Parser(expression);
  const query = parser.query("$");
  parser.end();
  return query;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** `$…` or `@…`. */
  query(root: "$" | "@"): Query {
    this.#expect(root);
    const steps: Step[] = [];
    for (let step = this.#step(); step !== undefined; step = this.#step()) steps.push(step);
    return (document) => steps.reduce((nodes, step) => step(nodes), [document]);
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fail("the end");
  }

  #step(): Step | undefined {
    if (this.#take("..")) {
      const inner = this.#peek() === "[" ? this.#bracket() : this.#dotted();
      return (nodes) => inner(nodes.flatMap(descendants));
    }
    if (this.#take(".")) return this.#dotted();
    return this.#peek() === "[" ? this.#bracket() : undefined;
  }

  #dotted(): Step {
    if (this.#take("*")) return (nodes) => nodes.flatMap(children);
    return member(this.#match(/[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*/y, "a name"));
  }

  #bracket(): Step {
    this.#expect("[");
    this.#space();
    const step = this.#selector();
    this.#space();
    this.#expect("]");
    return step;
  }

  #selector(): Step {
    const next = this.#peek();
    if (next === "'" || next === '"') return member(this.#string());
    if (this.#take("*")) return (nodes) => nodes.flatMap(children);
    if (this.#take("?")) {
      const test = this.#or();
      return (nodes) => nodes.flatMap(children).filter(test);
    }
    const index = Number(this.#match(/-?\d+/y, "a name, an index, * or a filter"));
    return (nodes) =>
      nodes.flatMap((node) => {
        const found = Array.isArray(node) ? node.at(index) : undefined;
        return found === undefined ? [] : [found];
      });
  }

  #or(): Test {
    const tests = [this.#and()];
    while (this.#take("||")) tests.push(this.#and());
    return (node) => tests.some((test) => test(node));
  }

  #and(): Test {
    const tests = [this.#basic()];
    while (this.#take("&&")) tests.push(this.#basic());
    return (node) => tests.every((test) => test(node));
  }

  #basic(): Test {
    if (this.#take("!")) {
      const test = this.#basic();
      return (node) => !test(node);
    }
    if (this.#take("(")) {
      const test = this.#or();
      this.#space();
      this.#expect(")");
      return test;
    }
    const left = this.#operand();
    const operator = this.#operator();
    if (operator === undefined) return (node) => left(node).length > 0;
    const right = this.#operand();
    return (node) => compare(left(node)[0], operator, right(node)[0]);
  }

  #operand(): Query {
    this.#space();
    const next = this.#peek();
    if (next === "@") return this.query("@");
    if (next === "'" || next === '"') return constant(this.#string());
    const word = this.#match(/true|false|null|-?\d+(\.\d+)?([eE][+-]?\d+)?/y, "a value");
    const value: Value =
      word === "true" ? true : word === "false" ? false : word === "null" ? null : Number(word);
    return constant(value);
  }

  #operator(): string | undefined {
    this.#space();
    return ["==", "!=", "<=", ">=", "<", ">"].find((operator) => this.#take(operator));
  }

  #string(): string {
    const quoted = this.#match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/y, "a quoted text");
    return quoted.slice(1, -1).replaceAll(/\\(.)/g, "$1");
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #space(): void {
    while (/\s/.test(this.#peek())) this.#at += 1;
  }

  #take(token: string): boolean {
    if (/^[&|!(=<>]/.test(token)) this.#space();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    if (/^[&|!(?]/.test(token)) this.#space();
    return true;
  }

  #expect(token: string): void {
    if (!this.#text.startsWith(token, this.#at)) this.#fail(token);
    this.#at += token.length;
  }

  #match(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return this.#fail(what);
    this.#at += found.length;
    return found;
  }

  #fail(expected: string): never {
    throw new SyntaxError(`jsonpath: expected ${expected} at position ${this.#at + 1} of ${this.#text}`);
  }
}

const constant =
  (value: Value): Query =>
  () => [value];

function member(name: string): Step {
  return (nodes) =>
    nodes.flatMap((node) => {
      const found = isProperties(node) ? node[name] : undefined;
      return found === undefined ? [] : [found];
    });
}

function children(node: Value): Value[] {
  if (Array.isArray(node)) return node;
  return isProperties(node) ? Object.values(node) : [];
}

function descendants(node: Value): Value[] {
  return [node, ...children(node).flatMap(descendants)];
}

function compare(left: Value | undefined, operator: string, right: Value | undefined): boolean {
  const comparable = typeof left === typeof right && (typeof left === "number" || typeof left === "string");
  const less = comparable && Number(left < (right ?? left)) === 1;
  const equal = left === right;
  switch (operator) {
    case "==":
      return equal;
    case "!=":
      return !equal;
    case "<":
      return less;
    case "<=":
      return less || equal;
    case ">":
      return comparable && !less && !equal;
    default:
      return equal || (comparable && !less);
  }
}
