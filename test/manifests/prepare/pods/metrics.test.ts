import { expect } from "chai";
import { prepare, told } from "../shop.ts";

const scraped = (more: object = {}) => ({
  annotations: {
    "prometheus.io/scrape": "true",
    ...Object.fromEntries(Object.entries(more).map(([key, value]) => [`prometheus.io/${key}`, value])),
  },
});
const metricsOf = (files: object) => prepare(files).objects.web.metrics;
const ports = [
  { name: "http", containerPort: 3000 },
  { name: "http-metrics", containerPort: 9797 },
];

describe("the metrics of a version's pods", () => {
  it("are where the pods' annotations say", () => {
    expect(metricsOf({ metadata: scraped({ port: "9100", path: "/stats" }) })).to.deep.equal({
      port: 9100,
      path: "/stats",
    });
    expect(metricsOf({ metadata: scraped({ port: "http-metrics" }), container: { ports } })).to.deep.equal({
      port: 9797,
      path: "/metrics",
    });
    expect(metricsOf({ metadata: scraped() })).to.deep.equal({ port: 3000, path: "/metrics" });
  });

  it("are where the Service's annotations say, if the pods have none", () => {
    expect(metricsOf({ serviceMetadata: scraped({ port: "9100" }) })).to.deep.equal({
      port: 9100,
      path: "/metrics",
    });
  });

  it("are behind a port that is named for them, of whichever container", () => {
    expect(metricsOf({ container: { ports } })).to.deep.equal({ port: 9797, path: "/metrics" });
    const sidecars = [{ name: "exporter", image: "e", ports: [{ name: "metrics", containerPort: 9187 }] }];
    expect(metricsOf({ sidecars })).to.deep.equal({ port: 9187, path: "/metrics" });
  });

  it("are nowhere that files would say, otherwise", () => {
    expect(metricsOf({})).to.equal(null);
    expect(metricsOf({ metadata: { annotations: { "prometheus.io/port": "9100" } } })).to.equal(null);
  });

  it("are said to be unreadable by a port of no container, or by another scheme", () => {
    for (const [key, value] of [
      ["port", "monitoring"],
      ["scheme", "https"],
    ] as const) {
      const version = prepare({ metadata: scraped({ [key]: value }) });
      expect(version.objects.web.metrics).to.equal(null);
      expect(told(version.notes).join()).to.include(
        `spec.template.metadata.annotations.prometheus.io/${key}: Deployment/shop says prometheus.io/${key} "${value}"`,
      );
    }
  });
});
