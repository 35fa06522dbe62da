using System.Diagnostics.Metrics;
using Countersign.Server.Hosting;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace Countersign.Server.Tests.Hosting;

public sealed class ExportWarningsTests
{
    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task A_collector_that_is_not_there_is_told_of_once_by_either_protocol_and_without_credentials(OtlpExportProtocol protocol)
    {
        using var logs = new CapturedLogs();
        using var factory = LoggerFactory.Create(builder => builder.AddProvider(logs));
        using var warnings = new ExportWarnings(factory.CreateLogger<ExportWarnings>(), new FakeTimeProvider());
        await warnings.StartAsync(TestContext.Current.CancellationToken);
        using var meter = new Meter($"Countersign.Tests.{protocol}");
        using var metrics = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name).AddOtlpExporter(options =>
        {
            options.Endpoint = new Uri("http://me:not-a-real-password@127.0.0.1:9");
            options.Protocol = protocol;
        }).Build();
        meter.CreateCounter<long>("things").Add(1);

        Assert.False(metrics.ForceFlush());
        Assert.False(metrics.ForceFlush());

        var line = Assert.Single(logs.Lines, line => line.EventId == 9131);
        Assert.Contains("Connection refused", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("not-a-real-password", line.Text, StringComparison.Ordinal);
    }
}
