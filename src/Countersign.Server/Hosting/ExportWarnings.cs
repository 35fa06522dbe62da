using System.Diagnostics.Tracing;

namespace Countersign.Server.Hosting;

/// <summary>
/// Tells the log that the collector of metrics does not take them, which OpenTelemetry tells only to those who listen to its own events: once in five minutes, with the first line of the
/// problem. Not with the address, which may have credentials in it.
/// </summary>
sealed partial class ExportWarnings(ILogger<ExportWarnings> logger, TimeProvider time) : EventListener, IHostedService
{
    const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";
    const int LongestProblem = 200;

    // Of the exporter for OTLP, 1.20. A collector that is not there is the first by HTTP, and the second by gRPC.
    static readonly string[] Failures =
    [
        "FailedToReachCollector", "TransientHttpError", "ExportMethodException", "HttpRequestFailed", "ExportFailure", "GrpcStatusWarning", "GrpcRetryDelayParsingFailed", "RequestTimedOut",
        "OperationUnexpectedlyCanceled",
    ];

    static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    readonly Lock _gate = new();
    long? _toldAt;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var source in EventSource.GetSources())
        {
            OnEventSourceCreated(source);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Exporter)
        {
            EnableEvents(eventSource, EventLevel.Warning);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // Others are about its settings, and quote them.
        if (eventData.EventName is not { } name || !Failures.Contains(name))
        {
            return;
        }

        lock (_gate)
        {
            if (_toldAt is { } at && time.GetElapsedTime(at) < Pause)
            {
                return;
            }

            _toldAt = time.GetTimestamp();
        }

        var problem = eventData.Payload?.OfType<string>().LastOrDefault() ?? name;
        problem = problem.Split('\n', 2)[0].TrimEnd();
        LogNotPushed(problem.Length > LongestProblem ? problem[..LongestProblem] : problem);
    }

    [LoggerMessage(9131, LogLevel.Warning, "Metrics were not taken by the collector: {Problem}")]
    partial void LogNotPushed(string problem);
}
