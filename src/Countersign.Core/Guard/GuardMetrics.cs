using System.Diagnostics.Metrics;

namespace Countersign.Core.Guard;

/// <summary>Counts what Guard saw. Tags come from closed sets only: a country, a channel, a reason.</summary>
static class GuardMetrics
{
    static readonly Meter Meter = new("Countersign.Guard");

    static readonly Counter<long> WatchedStarts = Meter.CreateCounter<long>(
        "countersign.guard.watched_starts", "{request}", "Messages to countries that are watched, by country and channel.");

    static readonly Counter<long> Challenges = Meter.CreateCounter<long>(
        "countersign.guard.challenges", "{request}",
        "Starts, solutions and factors that challenges were weighed for, by outcome: asked, solved, repeated, factor, factor_too_new, or what was wrong with the solution.");

    static readonly Counter<long> Refusals = Meter.CreateCounter<long>("countersign.guard.refusals", "{request}", "Starts that Guard refused, by reason.");

    public static void Refused(GuardRefusal refusal) => Refusals.Add(1, new KeyValuePair<string, object?>("reason", refusal.Reason));

    public static void Challenged(string outcome) => Challenges.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public static void Watched(string country, string channel) => WatchedStarts.Add(
        1, new KeyValuePair<string, object?>("country", country), new KeyValuePair<string, object?>("channel", channel));
}
