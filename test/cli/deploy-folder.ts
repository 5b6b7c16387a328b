// An application's files as a project has them, for what zd does with them.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export const IMAGE = `registry.example/team/shop@sha256:${"1".repeat(64)}`;

export const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: live
spec:
  replicas: 3
  selector: { matchLabels: { app: shop } }
  template:
    metadata:
      labels: { app: shop, app.kubernetes.io/version: "4.1" }
    spec:
      containers:
        - name: web
          image: ${IMAGE}
          ports: [{ name: http, containerPort: 3000 }]
          env: [{ name: LEVEL, value: info }]
          envFrom: [{ configMapRef: { name: settings } }, { secretRef: { name: mail } }]
          readinessProbe: { httpGet: { path: /ready, port: http } }
`;

export const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: shop, namespace: live }
spec:
  selector: { app: shop }
  ports: [{ port: 80, targetPort: http }]
`;

/** What only the pods name: each version has its own. */
export const SETTINGS = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: live }
data: { COLOUR: red }
---
apiVersion: v1
kind: Secret
metadata: { name: mail, namespace: live }
stringData: { PASSWORD: xx-mail-before }
`;

export const ROUTE = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop, namespace: live }
spec:
  parentRefs: [{ name: public, namespace: infra }]
  hostnames: [shop.example.com]
  rules:
    - matches: [{ path: { type: PathPrefix, value: /shop } }]
      backendRefs: [{ name: shop, port: 80 }]
`;

/** A Deployment, its Service, and what is configured. */
export const GOOD = {
  "deploy/app.yaml": `${DEPLOYMENT}---\n${SERVICE}`,
  "deploy/settings.yaml": SETTINGS,
} as const;

/** Writes files below a project's folder. */
export async function writeFiles(project: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, file)), { recursive: true });
    await writeFile(join(project, file), text);
  }
}
