using System.Diagnostics.Metrics;

namespace Countersign.Core.Guard;

/// <summary>Counts what Guard saw. Tags come from closed sets only: a country, a channel.</summary>
static class GuardMetrics
{
    static readonly Meter Meter = new("Countersign.Guard");

    static readonly Counter<long> WatchedStarts = Meter.CreateCounter<long>(
        "countersign.guard.watched_starts", "{request}", "Messages to countries that are watched, by country and channel.");

    public static void Watched(string country, string channel) => WatchedStarts.Add(
        1, new KeyValuePair<string, object?>("country", country), new KeyValuePair<string, object?>("channel", channel));
}
