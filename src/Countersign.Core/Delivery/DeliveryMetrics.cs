using System.Diagnostics.Metrics;
using Countersign.Core.Routing;

namespace Countersign.Core.Delivery;

/// <summary>Counts what became of messages and how long they waited. Tags come from closed sets only.</summary>
public static class DeliveryMetrics
{
    static readonly Meter Meter = new("Countersign.Delivery");

    static readonly Counter<long> Messages = Meter.CreateCounter<long>(
        "countersign.messages", "{message}", "Messages handed to carriers, by carrier, status and failure.");

    static readonly Counter<long> Tries = Meter.CreateCounter<long>(
        "countersign.tries", "{try}", "Carriers' turns at messages, by carrier and outcome: a message that is tried again is counted each time.");

    static readonly Histogram<double> Waits = Meter.CreateHistogram<double>(
        "countersign.message.wait", "s", "From the accepted request to the carrier's answer.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] });

    static readonly Counter<long> Receipts = Meter.CreateCounter<long>(
        "countersign.receipts", "{receipt}", "Receipts that told something new, by carrier, status and error.");

    static readonly Counter<long> Callbacks = Meter.CreateCounter<long>(
        "countersign.callbacks.refused", "{request}", "Callbacks that were refused, by reason: forged, malformed, unknown carrier.");

    public static void Recorded(SendRecord record)
    {
        Messages.Add(
            1,
            new KeyValuePair<string, object?>("carrier", record.Carrier ?? "none"),
            new KeyValuePair<string, object?>("status", StatusOf(record.Status)),
            new KeyValuePair<string, object?>("failure", FailureOf(record.Failure)));
        Waits.Record((record.At - record.Item.Attempt.At).TotalSeconds);
    }

    /// <summary>A carrier's turn at a message; null when it took it.</summary>
    public static void Tried(string carrier, SendOutcome.Refused? refused) => Tries.Add(
        1,
        new KeyValuePair<string, object?>("carrier", carrier),
        new KeyValuePair<string, object?>("outcome", refused is null ? "accepted" : !refused.WasAsked ? "not_asked" : FailureOf(refused.Failure)));

    /// <summary>A receipt that told something new.</summary>
    public static void Received(AttemptRecord attempt) => Receipts.Add(
        1,
        new KeyValuePair<string, object?>("carrier", attempt.Carrier ?? "none"),
        new KeyValuePair<string, object?>("status", StatusOf(attempt.Status)),
        new KeyValuePair<string, object?>("error", attempt.Error is { } error ? Errors.DeliveryErrors.NameOf(error) : "none"));

    /// <summary>A callback that was refused.</summary>
    public static void Refused(string reason) => Callbacks.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>Tells how many messages wait, and which carriers are left alone, until what it returns is disposed of.</summary>
    public static IDisposable Watch(IOutbox outbox, CarrierDirectory carriers, CarrierHealth health)
    {
        // Of its own, so that it goes with the outbox.
        var meter = new Meter("Countersign.Outbox");
        meter.CreateObservableGauge("countersign.outbox.waiting", () => outbox.Known, "{message}", "Messages without an outcome that this server may have to send.");
        meter.CreateObservableGauge(
            "countersign.carriers.paused", () => Paused(carriers, health), "{breaker}", "Open circuit breakers of carriers that are on, by carrier and reason: refusing, dark, dark_in_country.");
        return meter;
    }

    /// <summary>Also 0 where a breaker is closed, so that an alarm ends. A name counts for all accounts that have a carrier of it.</summary>
    static IEnumerable<Measurement<long>> Paused(CarrierDirectory carriers, CarrierHealth health)
    {
        var open = new Dictionary<string, (long Refusing, long Dark, long InCountry)>();
        foreach (var account in carriers.All.Where(static carrier => carrier.Definition is { Enabled: true }).GroupBy(static carrier => carrier.Definition!.AccountSid))
        {
            var breakers = health.Open(account.Key).ToLookup(static breaker => breaker.Carrier);
            foreach (var name in account.Select(static carrier => carrier.Name))
            {
                var (refusing, dark, inCountry) = open.GetValueOrDefault(name);
                foreach (var breaker in breakers[name])
                {
                    refusing += breaker.Kind == BreakerKind.Refusing ? 1 : 0;
                    dark += breaker is { Kind: BreakerKind.Dark, Country: null } ? 1 : 0;
                    inCountry += breaker is { Kind: BreakerKind.Dark, Country: not null } ? 1 : 0;
                }

                open[name] = (refusing, dark, inCountry);
            }
        }

        return open.SelectMany(static entry => new[]
        {
            Paused(entry.Value.Refusing, entry.Key, "refusing"), Paused(entry.Value.Dark, entry.Key, "dark"), Paused(entry.Value.InCountry, entry.Key, "dark_in_country"),
        });
    }

    static Measurement<long> Paused(long count, string carrier, string reason) =>
        new(count, new KeyValuePair<string, object?>("carrier", carrier), new KeyValuePair<string, object?>("reason", reason));

    static string StatusOf(AttemptStatus status) => status switch
    {
        AttemptStatus.Sent => "sent",
        AttemptStatus.Failed => "failed",
        AttemptStatus.TooLate => "too_late",
        AttemptStatus.Delivered => "delivered",
        AttemptStatus.Undelivered => "undelivered",
        AttemptStatus.Read => "read",
        _ => "unknown",
    };

    static string FailureOf(SendFailure? failure) => failure switch
    {
        null => "none",
        SendFailure.FraudBlock => "fraud_block",
        SendFailure.NumberRefused => "number_refused",
        SendFailure.ChannelRefused => "channel_refused",
        SendFailure.TryAgain => "try_again",
        SendFailure.CarrierDown => "carrier_down",
        _ => "unknown",
    };
}
