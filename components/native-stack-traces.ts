// Pulumi's runtime formats a stack for every promise that it makes, by way of source maps. This
// program has none: Node strips its types and leaves every line where it is. Formatting them as
// Node does takes an eighth off the program's time.
Reflect.deleteProperty(Error, "prepareStackTrace");
