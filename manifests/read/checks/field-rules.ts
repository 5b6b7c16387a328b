/**
 * Fields without which the API server refuses an object; the client's types do not say them. Those
 * that people forget, by type.
 */
export const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  V1ConfigMapKeySelector: ["key"],
  V1Container: ["name"],
  V1ContainerPort: ["containerPort"],
  V1CronJobSpec: ["schedule", "jobTemplate"],
  V1Deployment: ["spec"],
  V1DeploymentSpec: ["selector", "template"],
  V1EnvVar: ["name"],
  V1HTTPGetAction: ["port"],
  V1HTTPIngressPath: ["backend", "pathType"],
  V1LabelSelectorRequirement: ["key", "operator"],
  V1PodSpec: ["containers"],
  V1RoleBinding: ["roleRef"],
  V1SecretKeySelector: ["key"],
  V1ServicePort: ["port"],
  V1TCPSocketAction: ["port"],
  V1Volume: ["name"],
  V1VolumeMount: ["name", "mountPath"],
  V2HorizontalPodAutoscalerSpec: ["scaleTargetRef", "maxReplicas"],
};

const PROTOCOLS = ["TCP", "UDP", "SCTP"];

/** Fields whose values are a few words, in exactly this spelling. */
export const CHOICES: Readonly<Record<string, readonly string[]>> = {
  "V1Container.imagePullPolicy": ["Always", "IfNotPresent", "Never"],
  "V1Container.terminationMessagePolicy": ["File", "FallbackToLogsOnError"],
  "V1ContainerPort.protocol": PROTOCOLS,
  "V1DeploymentStrategy.type": ["RollingUpdate", "Recreate"],
  "V1HTTPGetAction.scheme": ["HTTP", "HTTPS"],
  "V1HTTPIngressPath.pathType": ["Exact", "Prefix", "ImplementationSpecific"],
  "V1LabelSelectorRequirement.operator": ["In", "NotIn", "Exists", "DoesNotExist"],
  "V1PodSpec.dnsPolicy": ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
  "V1PodSpec.restartPolicy": ["Always", "OnFailure", "Never"],
  "V1ServicePort.protocol": PROTOCOLS,
  "V1ServiceSpec.externalTrafficPolicy": ["Cluster", "Local"],
  "V1ServiceSpec.sessionAffinity": ["ClientIP", "None"],
  "V1ServiceSpec.type": ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"],
};

/**
 * Keys by which the API server tells the entries of a list apart, with their defaults; by the type
 * of the entries.
 */
export const LIST_KEYS: Readonly<Record<string, readonly (readonly [key: string, otherwise?: string])[]>> = {
  V1Container: [["name"]],
  V1ContainerPort: [["containerPort"], ["protocol", "TCP"]],
  V1EnvVar: [["name"]],
  V1HostAlias: [["ip"]],
  V1LocalObjectReference: [["name"]],
  V1ServicePort: [["port"], ["protocol", "TCP"]],
  V1TopologySpreadConstraint: [["topologyKey"], ["whenUnsatisfiable"]],
  V1Volume: [["name"]],
  V1VolumeDevice: [["devicePath"]],
  V1VolumeMount: [["mountPath"]],
};

/** What a text must look like. */
export interface Pattern {
  readonly test: RegExp;
  readonly rule: string;
}

const LABEL: Pattern = {
  test: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  rule: "1 to 63 lower-case letters, digits and dashes",
};

const LABEL_VALUE: Pattern = {
  test: /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
  rule: "at most 63 letters, digits, dashes, underscores and dots, with a letter or digit at both ends",
};

/** Texts that the API server refuses in another form; of a mapping, its values. */
export const PATTERNS: Readonly<Record<string, Pattern>> = {
  "V1Container.name": LABEL,
  "V1ContainerPort.name": {
    test: /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/,
    rule: "1 to 15 lower-case letters, digits and dashes, with a letter",
  },
  "V1EnvVar.name": { test: /^[^=\0]+$/, rule: "without an equals sign" },
  "V1LabelSelector.matchLabels": LABEL_VALUE,
  "V1ObjectMeta.labels": LABEL_VALUE,
  "V1ServicePort.name": LABEL,
  "V1ServiceSpec.selector": LABEL_VALUE,
  "V1Volume.name": LABEL,
};
