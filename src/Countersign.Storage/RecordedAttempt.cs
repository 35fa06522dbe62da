using Countersign.Core.Delivery;
using Countersign.Core.Insight;

namespace Countersign.Storage;

/// <summary>The outcome of a send as the history keeps it.</summary>
static class RecordedAttempt
{
    public static AttemptRecord Of(SendRecord record)
    {
        var (attempt, verification) = (record.Item.Attempt, record.Item.Verification);
        return new AttemptRecord
        {
            Sid = attempt.Sid,
            VerificationSid = verification.Sid,
            ServiceSid = verification.ServiceSid,
            AccountSid = verification.AccountSid,
            Channel = attempt.Channel,
            Country = verification.Details.IsTest ? null : RollupKey.CountryOf(verification.To),
            IsFirst = verification.Attempts[0].Sid == attempt.Sid,
            Status = record.Status,
            Carrier = record.Carrier,
            CarrierMessageId = Storable(record.CarrierMessageId),
            Error = record.Error,
            CarrierCode = Storable(record.CarrierCode),
            Locale = record.Locale,
            Segments = record.Segments,
            Route = record.Route,
            Tries = Storable(record.Tries),
            CreatedAt = attempt.At,
            UpdatedAt = record.At,
        };
    }

    static IReadOnlyList<SendTry> Storable(IReadOnlyList<SendTry> tries)
    {
        foreach (var one in tries)
        {
            if (one.CarrierMessageId?.Contains('\0') == true || one.CarrierCode?.Contains('\0') == true || one.Reason.Contains('\0'))
            {
                return [.. tries.Select(each => each with { CarrierMessageId = Storable(each.CarrierMessageId), CarrierCode = Storable(each.CarrierCode), Reason = Storable(each.Reason)! })];
            }
        }

        return tries;
    }

    /// <summary>What a carrier says may hold anything, and PostgreSQL keeps no NUL: one must not hold up what is recorded with it.</summary>
    static string? Storable(string? text) => text?.Replace("\0", "", StringComparison.Ordinal);
}
