using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Countersign.Server.Hosting;

/// <summary>
/// Metrics for Prometheus at <c>/metrics</c>, and by OTLP when the standard <c>OTEL_EXPORTER_OTLP_*</c> variables name a collector. Nothing is sent to any address
/// that the operator did not configure. Requests are not traced: a span's path could be a phone number.
/// </summary>
static class Telemetry
{
    const string Name = "countersign";

    public static void Add(WebApplicationBuilder builder) => builder.Services.AddOpenTelemetry().ConfigureResource(resource =>
    {
        // What is set here would win over the standard variables, so it is only set where they say nothing.
        if (string.IsNullOrEmpty(builder.Configuration["OTEL_SERVICE_NAME"])
            && builder.Configuration["OTEL_RESOURCE_ATTRIBUTES"]?.Contains("service.name=", StringComparison.Ordinal) != true)
        {
            resource.AddService(Name, autoGenerateServiceInstanceId: false);
        }
    }).WithMetrics(metrics =>
    {
        metrics.AddMeter("Countersign.*").AddMeter("System.Runtime").AddMeter("Microsoft.AspNetCore.Server.Kestrel");
        metrics.AddPrometheusExporter();
        if (SettingsCheck.CollectorSettings.Any(name => !string.IsNullOrEmpty(builder.Configuration[name])))
        {
            metrics.AddOtlpExporter();
            builder.Services.AddHostedService<ExportWarnings>();
        }
    });
}
