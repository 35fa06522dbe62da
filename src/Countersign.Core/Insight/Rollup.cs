using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Verifications;

namespace Countersign.Core.Insight;

/// <summary>
/// What each event adds to the rollup. A counter says how things stand, not how often something was said: a repeated receipt adds nothing, and the rollup always equals a
/// recount of the verifications and attempts. Everything counts in the hour in which the verification started or the message was asked for, so that a rate never mixes
/// what began in different hours: an approval counts in both. Test numbers, and tests of carriers, count nowhere.
/// </summary>
public static class Rollup
{
    /// <summary>Counts a step that was kept: <paramref name="before"/> is what it was shown.</summary>
    public static void CountStep<TSink>(TSink sink, Verification? before, in StepDecision decision)
        where TSink : IRollupSink
    {
        if (decision.Save is not { } after)
        {
            return;
        }

        var isNew = before is null || before.Sid != after.Sid;
        if (isNew)
        {
            CountStart(sink, after);
        }

        CountEnd(sink, isNew ? null : before?.Status, after);
        if (isNew && decision.Ended is { } ended)
        {
            CountEnd(sink, before?.Status, ended);
        }
    }

    /// <summary>Counts the start of a verification, however it has gone on since.</summary>
    public static void CountStart<TSink>(TSink sink, Verification verification)
        where TSink : IRollupSink
    {
        if (!verification.Details.IsTest)
        {
            sink.Add(KeyOf(verification, verification.Attempts.IsEmpty ? verification.Channel : verification.Attempts[0].Channel), RollupCounter.Starts, 1);
        }
    }

    /// <summary>Counts how a verification ended, if it has and had not with the status that it had <paramref name="before"/>.</summary>
    public static void CountEnd<TSink>(TSink sink, VerificationStatus? before, Verification after)
        where TSink : IRollupSink
    {
        if (after.Details.IsTest || before == after.Status)
        {
            return;
        }

        switch (after.Status)
        {
            case VerificationStatus.Approved:
                sink.Add(KeyOf(after, after.Channel), RollupCounter.Approved, 1);
                if (!after.Attempts.IsEmpty)
                {
                    var latest = after.Attempts[^1];

                    // Where its message counts.
                    var country = RollupKey.CountryOf(FallbackPlan.DestinationOf(after, latest.Channel));
                    sink.Add(KeyOf(after, latest.Channel) with { Hour = RollupKey.HourOf(latest.At), Country = country }, RollupCounter.Converted, 1);
                }

                break;

            case VerificationStatus.Canceled:
                sink.Add(KeyOf(after, after.Channel), RollupCounter.Canceled, 1);
                break;

            case VerificationStatus.MaxAttemptsReached:
                sink.Add(KeyOf(after, after.Channel), RollupCounter.MaxAttempts, 1);
                break;
        }
    }

    /// <summary>Counts an outcome that was kept for the first time. Receipts that were there before it count by <see cref="CountReceipt"/> after it.</summary>
    public static void CountSend<TSink>(TSink sink, SendRecord record)
        where TSink : IRollupSink
    {
        var (attempt, verification) = (record.Item.Attempt, record.Item.Verification);
        if (!verification.Details.IsTest)
        {
            var country = RollupKey.CountryOf(FallbackPlan.DestinationOf(verification, attempt.Channel));
            CountAttempt(
                sink, RollupKey.HourOf(attempt.At), verification.AccountSid, verification.ServiceSid, country, attempt.Channel, record.Carrier, record.Status, record.Error, record.Segments, 1);
        }
    }

    /// <summary>Counts what receipts changed of an attempt.</summary>
    public static void CountReceipt<TSink>(TSink sink, AttemptRecord before, AttemptRecord after)
        where TSink : IRollupSink
    {
        // Most receipts tell a price or repeat a stage: nothing to take off and put on again.
        if (before.Status != after.Status || before.Error != after.Error)
        {
            CountAttempt(sink, before, -1);
            CountAttempt(sink, after, 1);
        }
    }

    /// <summary>Adds an attempt as it stands; with -1 takes it off. One whose <see cref="AttemptRecord.Country"/> is null does not count.</summary>
    public static void CountAttempt<TSink>(TSink sink, AttemptRecord attempt, int by)
        where TSink : IRollupSink
    {
        if (attempt.Country is { } country)
        {
            CountAttempt(
                sink, RollupKey.HourOf(attempt.CreatedAt), attempt.AccountSid, attempt.ServiceSid, country, attempt.Channel, attempt.Carrier, attempt.Status, attempt.Error,
                attempt.Segments, by);
        }
    }

    static void CountAttempt<TSink>(
        TSink sink, int hour, Sid account, Sid service, string country, Channel channel, string? carrier, AttemptStatus status, DeliveryError? error, int segments, int by)
        where TSink : IRollupSink
    {
        var plain = new RollupKey(hour, account, service, country, channel, carrier ?? "", null);
        switch (status)
        {
            case AttemptStatus.Failed:
                sink.Add(plain with { Error = error }, RollupCounter.Failed, by);
                return;

            case AttemptStatus.TooLate:
                sink.Add(plain with { Error = error }, RollupCounter.TooLate, by);
                return;

            case AttemptStatus.Undelivered:
                sink.Add(plain with { Error = error }, RollupCounter.Undelivered, by);
                break;

            case AttemptStatus.Read:
                sink.Add(plain, RollupCounter.Delivered, by);
                sink.Add(plain, RollupCounter.Read, by);
                break;

            case AttemptStatus.Delivered:
                sink.Add(plain, RollupCounter.Delivered, by);
                break;
        }

        sink.Add(plain, RollupCounter.Sends, by);
        if (segments != 0)
        {
            sink.Add(plain, RollupCounter.Segments, segments * by);
        }
    }

    static RollupKey KeyOf(Verification verification, Channel channel) => new(
        RollupKey.HourOf(verification.CreatedAt), verification.AccountSid, verification.ServiceSid, RollupKey.CountryOf(verification.To), channel, "", null);
}

/// <summary>Takes what <see cref="Rollup"/> counts.</summary>
public interface IRollupSink
{
    void Add(in RollupKey key, RollupCounter counter, int by);
}
