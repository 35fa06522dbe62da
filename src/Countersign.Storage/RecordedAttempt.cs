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
            CarrierMessageId = record.CarrierMessageId,
            Error = record.Error,
            CarrierCode = record.CarrierCode,
            Locale = record.Locale,
            Segments = record.Segments,
            Route = record.Route,
            Tries = record.Tries,
            CreatedAt = attempt.At,
            UpdatedAt = record.At,
        };
    }
}
