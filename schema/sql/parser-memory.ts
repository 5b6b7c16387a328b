import { setFlagsFromString } from "node:v8";

// The parser's one huge function would be optimised in the background after a few statements: that
// takes 600 MB for a second, more than a Job may have, and gains milliseconds. "Optimise function 0
// only" means none, and must be said before the parser is loaded: this is imported first.
setFlagsFromString("--wasm-tier-up-filter=0");
