using System.Net;
using System.Net.Sockets;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace Countersign.Server.Tests.Hosting;

/// <summary>Whoever pushes metrics to a collector is told where it does not take them, and by whichever protocol.</summary>
public sealed class ExportWarningsTests
{
    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_collector_that_is_not_there_is_told_of_once(string protocol)
    {
        await using var server = await RunningServer.StartAsync([$"--OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{UnusedPort()}/a-token-of-ours", $"--OTEL_EXPORTER_OTLP_PROTOCOL={protocol}"]);
        var metrics = server.Services.GetRequiredService<MeterProvider>();

        metrics.ForceFlush(30_000);
        var line = await server.Logs.WaitForAsync(line => line.EventId == 9131);
        metrics.ForceFlush(30_000);

        Assert.StartsWith("Metrics were not taken by the collector: ", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("a-token-of-ours", line.Text, StringComparison.Ordinal);
        Assert.Single(server.Logs.Lines, line => line.EventId == 9131);
    }

    static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
