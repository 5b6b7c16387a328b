/** A field: its name in YAML, its type as the client's generated types write it, and the format. */
export interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

const fields = (types: Readonly<Record<string, string>>): readonly Attribute[] =>
  Object.entries(types).map(([baseName, type]) => ({
    baseName,
    type,
    format: type.endsWith("number") || type.endsWith("number>") ? "int32" : "",
  }));

/**
 * The fields of HTTPRoute of the Gateway API, version 1, with those of its experimental channel;
 * the client has no types of it.
 */
export const HTTP_ROUTE_TYPES: Readonly<Record<string, readonly Attribute[]>> = {
  HTTPRoute: fields({
    apiVersion: "string",
    kind: "string",
    metadata: "V1ObjectMeta",
    spec: "HTTPRouteSpec",
    status: "any",
  }),
  HTTPRouteSpec: fields({
    parentRefs: "Array<RouteParent>",
    useDefaultGateways: "string",
    hostnames: "Array<string>",
    rules: "Array<HTTPRouteRule>",
  }),
  RouteParent: fields({
    group: "string",
    kind: "string",
    namespace: "string",
    name: "string",
    sectionName: "string",
    port: "number",
  }),
  HTTPRouteRule: fields({
    name: "string",
    matches: "Array<HTTPRouteMatch>",
    filters: "Array<HTTPRouteFilter>",
    backendRefs: "Array<HTTPBackend>",
    timeouts: "HTTPRouteTimeouts",
    retry: "HTTPRouteRetry",
    sessionPersistence: "RouteSession",
  }),
  HTTPRouteMatch: fields({
    path: "RoutePath",
    headers: "Array<RouteValueMatch>",
    queryParams: "Array<RouteValueMatch>",
    method: "string",
  }),
  RoutePath: fields({ type: "string", value: "string" }),
  RouteValueMatch: fields({ type: "string", name: "string", value: "string" }),
  HTTPRouteFilter: fields({
    type: "string",
    requestHeaderModifier: "RouteHeaders",
    responseHeaderModifier: "RouteHeaders",
    requestMirror: "RouteMirror",
    requestRedirect: "RouteRedirect",
    urlRewrite: "RouteRewrite",
    cors: "any",
    externalAuth: "any",
    extensionRef: "RouteObject",
  }),
  RouteHeaders: fields({ set: "Array<RouteHeader>", add: "Array<RouteHeader>", remove: "Array<string>" }),
  RouteHeader: fields({ name: "string", value: "string" }),
  RouteMirror: fields({ backendRef: "RouteBackendObject", percent: "number", fraction: "RouteFraction" }),
  RouteFraction: fields({ numerator: "number", denominator: "number" }),
  RouteRedirect: fields({
    scheme: "string",
    hostname: "string",
    path: "RoutePathChange",
    port: "number",
    statusCode: "number",
  }),
  RouteRewrite: fields({ hostname: "string", path: "RoutePathChange" }),
  RoutePathChange: fields({ type: "string", replaceFullPath: "string", replacePrefixMatch: "string" }),
  RouteObject: fields({ group: "string", kind: "string", name: "string" }),
  RouteBackendObject: fields({
    group: "string",
    kind: "string",
    namespace: "string",
    name: "string",
    port: "number",
  }),
  HTTPBackend: fields({
    group: "string",
    kind: "string",
    namespace: "string",
    name: "string",
    port: "number",
    weight: "number",
    filters: "Array<HTTPRouteFilter>",
  }),
  HTTPRouteTimeouts: fields({ request: "string", backendRequest: "string" }),
  HTTPRouteRetry: fields({ codes: "Array<number>", attempts: "number", backoff: "string" }),
  RouteSession: fields({
    sessionName: "string",
    absoluteTimeout: "string",
    idleTimeout: "string",
    type: "string",
    cookieConfig: "any",
  }),
};

/** The versions of the Gateway API in which a route has these fields. */
export const HTTP_ROUTE_VERSIONS = ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"];
