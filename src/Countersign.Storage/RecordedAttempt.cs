using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Insight;
using Countersign.Core.Verifications;

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
            Country = verification.Details.IsTest ? null : RollupKey.CountryOf(FallbackPlan.DestinationOf(verification, attempt.Channel)),
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

    /// <summary>A receipt as the history keeps it: by the same name as the message, which was recorded without what cannot be kept.</summary>
    public static Receipt Storable(Receipt receipt)
    {
        string?[] texts = [receipt.CarrierMessageId, receipt.CarrierCode, receipt.Currency, receipt.MobileCountryCode, receipt.MobileNetworkCode];
        return !texts.Any(text => text?.Contains('\0') == true) ? receipt : receipt with
        {
            CarrierMessageId = Storable(receipt.CarrierMessageId),
            CarrierCode = Storable(receipt.CarrierCode),
            Currency = Storable(receipt.Currency),
            MobileCountryCode = Storable(receipt.MobileCountryCode),
            MobileNetworkCode = Storable(receipt.MobileNetworkCode),
        };
    }

    static IReadOnlyList<SendTry> Storable(IReadOnlyList<SendTry> tries)
    {
        for (var i = 0; i < tries.Count; i++)
        {
            var one = tries[i];
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
