import { expect } from "chai";
import { partsOf, sortNotes } from "../support/manifests/sorted-files.ts";

/** Two Services' worth of ports in one, probes by command, metrics on a port of their own. */
const GREETER = `# The shape of a well-known demonstration: HTTP, gRPC and metrics in one container.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: greeter
spec:
  minReadySeconds: 3
  revisionHistoryLimit: 5
  progressDeadlineSeconds: 60
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 0}
  selector:
    matchLabels: {app: greeter}
  template:
    metadata:
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "9300"
      labels: {app: greeter}
    spec:
      containers:
      - name: greeterd
        image: registry.example.com/greeter:3.1.0
        imagePullPolicy: IfNotPresent
        ports:
        - {name: http, containerPort: 9000, protocol: TCP}
        - {name: metrics, containerPort: 9300, protocol: TCP}
        - {name: grpc, containerPort: 9500, protocol: TCP}
        command:
        - ./greeter
        - --port=9000
        - --metrics-port=9300
        - --grpc-service-name=greeter
        - --level=info
        env:
        - name: GREETER_COLOUR
          value: "#34577c"
        livenessProbe:
          exec: {command: [greetctl, check, http, "localhost:9000/healthz"]}
          initialDelaySeconds: 5
        readinessProbe:
          exec: {command: [greetctl, check, http, "localhost:9000/readyz"]}
          initialDelaySeconds: 5
        resources:
          limits: {cpu: 2000m, memory: 512Mi}
          requests: {cpu: 100m, memory: 64Mi}
        volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, emptyDir: {}}]
---
apiVersion: v1
kind: Service
metadata:
  name: greeter
spec:
  type: ClusterIP
  selector: {app: greeter}
  ports:
    - {name: http, port: 9000, protocol: TCP, targetPort: http}
    - {name: grpc, port: 9500, protocol: TCP, targetPort: grpc}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: greeter
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: greeter}
  minReplicas: 2
  maxReplicas: 4
  metrics:
  - type: Resource
    resource: {name: cpu, target: {type: Utilization, averageUtilization: 99}}
`;

/** What a chart's default templates print. */
const CHART = `---
# Source: bakery/templates/serviceaccount.yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: corner-bakery
  labels: &labels
    helm.sh/chart: bakery-0.1.0
    app.kubernetes.io/name: bakery
    app.kubernetes.io/instance: corner
    app.kubernetes.io/version: "1.16.0"
    app.kubernetes.io/managed-by: Helm
automountServiceAccountToken: true
---
# Source: bakery/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: corner-bakery
  labels:
    helm.sh/chart: bakery-0.1.0
    app.kubernetes.io/managed-by: Helm
spec:
  type: ClusterIP
  ports:
    - port: 80
      targetPort: http
      protocol: TCP
      name: http
  selector:
    app.kubernetes.io/name: bakery
    app.kubernetes.io/instance: corner
---
# Source: bakery/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: corner-bakery
  labels:
    helm.sh/chart: bakery-0.1.0
spec:
  replicas: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: bakery
      app.kubernetes.io/instance: corner
  template:
    metadata:
      labels:
        app.kubernetes.io/name: bakery
        app.kubernetes.io/instance: corner
    spec:
      serviceAccountName: corner-bakery
      securityContext:
        {}
      containers:
        - name: bakery
          securityContext:
            {}
          image: "nginx:1.16.0"
          imagePullPolicy: IfNotPresent
          ports:
            - name: http
              containerPort: 80
              protocol: TCP
          livenessProbe:
            httpGet: {path: /, port: http}
          readinessProbe:
            httpGet: {path: /, port: http}
          resources:
            {}
---
# Source: bakery/templates/ingress.yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: corner-bakery
spec:
  rules:
    - host: bakery.example.com
      http:
        paths:
          - path: /
            pathType: ImplementationSpecific
            backend:
              service:
                name: corner-bakery
                port: {number: 80}
---
# Source: bakery/templates/tests/test-connection.yaml
apiVersion: v1
kind: Pod
metadata:
  name: "corner-bakery-test-connection"
  labels:
    app.kubernetes.io/name: bakery
    app.kubernetes.io/instance: corner
  annotations:
    "helm.sh/hook": test
spec:
  containers:
    - name: wget
      image: busybox
      command: ['wget']
      args: ['corner-bakery:80']
  restartPolicy: Never
`;

/** What an overlay builds: sorted by kind, a namespace on all, suffixes from generators. */
const OVERLAY = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: prod-florist
  namespace: flowers
---
apiVersion: v1
data:
  LOG_LEVEL: info
  app.yaml: |
    listen: ":8080"
    greeting: "{{ .Name }}, welcome"
kind: ConfigMap
metadata:
  name: prod-florist-config-7hk92fbt4d
  namespace: flowers
---
apiVersion: v1
data:
  api-token: czNjcjN0
kind: Secret
metadata:
  name: prod-florist-keys-b5gk7mcm9f
  namespace: flowers
type: Opaque
---
apiVersion: v1
kind: Service
metadata:
  labels:
    env: prod
  name: prod-florist
  namespace: flowers
spec:
  ports:
  - name: http
    port: 80
    targetPort: 8080
  selector:
    app: florist
    env: prod
---
apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    env: prod
  name: prod-florist
  namespace: flowers
spec:
  replicas: 3
  selector:
    matchLabels:
      app: florist
      env: prod
  template:
    metadata:
      creationTimestamp: null
      labels:
        app: florist
        env: prod
    spec:
      containers:
      - envFrom:
        - configMapRef:
            name: prod-florist-config-7hk92fbt4d
        image: registry.example.com/florist@sha256:${"0".repeat(64)}
        name: florist
        readinessProbe:
          httpGet:
            path: /ready
            port: 8080
        resources: {}
        volumeMounts:
        - mountPath: /etc/florist
          name: config
      serviceAccountName: prod-florist
      volumes:
      - name: config
        projected:
          sources:
          - configMap:
              name: prod-florist-config-7hk92fbt4d
          - secret:
              name: prod-florist-keys-b5gk7mcm9f
status: {}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: prod-florist
  namespace: flowers
spec:
  minAvailable: 1
  selector:
    matchLabels:
      app: florist
      env: prod
`;

describe("what people have", () => {
  it("as a Deployment with several ports, probes by command and an autoscaler", async () => {
    expect(
      await partsOf(GREETER, { app: "greeter", ignore: ["HorizontalPodAutoscaler/greeter"] }),
    ).to.deep.equal({
      web: "Deployment/greeter",
      container: "greeterd",
      services: ["Service/greeter"],
      routes: [],
      budgets: [],
      versioned: [],
      shared: [],
    });
  });

  it("as a chart's default templates, rendered", async () => {
    expect(await partsOf(CHART, { app: "corner-bakery" })).to.deep.equal({
      web: "Deployment/corner-bakery",
      container: "bakery",
      services: ["Service/corner-bakery"],
      routes: [],
      budgets: [],
      versioned: [],
      shared: ["ServiceAccount/corner-bakery", "Ingress/corner-bakery"],
    });
    expect(
      (await sortNotes(CHART, { app: "corner-bakery" })).map((note) => note.split(" ")[1]),
    ).to.deep.equal(["Pod/corner-bakery-test-connection"]);
  });

  it("as an overlay, built, in their namespace", async () => {
    expect(await partsOf(OVERLAY, { app: "prod-florist", namespace: "flowers" })).to.deep.equal({
      web: "Deployment/prod-florist",
      container: "florist",
      services: ["Service/prod-florist"],
      routes: [],
      budgets: ["PodDisruptionBudget/prod-florist"],
      versioned: ["ConfigMap/prod-florist-config-7hk92fbt4d", "Secret/prod-florist-keys-b5gk7mcm9f"],
      shared: ["ServiceAccount/prod-florist"],
    });
  });

  it("with line breaks and a byte order mark as Windows writes them", async () => {
    const windows = `\uFEFF${OVERLAY.replaceAll("\n", "\r\n")}`;
    expect((await partsOf(windows, { app: "prod-florist", namespace: "flowers" })).versioned).to.have.length(
      2,
    );
  });
});
