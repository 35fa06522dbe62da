using System.Diagnostics.Metrics;

namespace Countersign.Core.Events;

/// <summary>Counts what became of events. Tags come from closed sets only: no receiver, no account.</summary>
public static class EventMetrics
{
    static readonly Meter Meter = new("Countersign.Events");

    static readonly Counter<long> Events = Meter.CreateCounter<long>(
        "countersign.events", "{event}", "Tries to tell a receiver of an event, by kind of receiver and outcome: taken, again, dead; and dropped, for which there was no room.");

    static readonly Histogram<double> Waits = Meter.CreateHistogram<double>(
        "countersign.event.wait", "s", "From what happened to the receiver that took it.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600, 3600, 86400] });

    static readonly Counter<long> Failures = Meter.CreateCounter<long>(
        "countersign.event.failures", "{request}", "Requests that a receiver did not take, by reason.");

    public static void Taken(EventReceiver receiver, TimeSpan wait)
    {
        Count(receiver, "taken");
        Waits.Record(wait.TotalSeconds);
    }

    public static void Again(EventReceiver receiver) => Count(receiver, "again");

    public static void Dead(EventReceiver receiver) => Count(receiver, "dead");

    public static void Dropped(EventReceiver receiver) => Count(receiver, "dropped");

    /// <summary>A request that failed; the reason without what varies.</summary>
    public static void Failed(string reason) => Failures.Add(1, new KeyValuePair<string, object?>("reason", reason.StartsWith("status_", StringComparison.Ordinal) ? $"status_{reason[7]}xx" : reason));

    static void Count(EventReceiver receiver, string outcome) => Events.Add(
        1, new KeyValuePair<string, object?>("receiver", receiver is Webhook ? "webhook" : "sink"), new KeyValuePair<string, object?>("outcome", outcome));
}
