using Countersign.Core.Delivery.Errors;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Delivery;

/// <summary>
/// Tells of each message that is given up, in the log: somebody waits for a code that does not come. A carrier that is down gives up hundreds a second; so only so many are told of, and the others counted.
/// </summary>
sealed partial class GivenUpMessages(TimeProvider time, ILogger logger)
{
    readonly FewASecond _lines = new(time);

    /// <summary>Tells of the message if it is given up, and it is not its number that is at fault: of that there is nothing to mend. Where nobody serves it, that was told when it was found out.</summary>
    public void Tell(SendRecord record)
    {
        if (record is not { Status: AttemptStatus.Failed, Error: { } error, Failure: not (SendFailure.NumberRefused or SendFailure.FraudBlock) }
            || error is DeliveryError.ServiceDeleted || (error is DeliveryError.NoCarrier && record.Tries.Count == 0) || !_lines.May(out var untold))
        {
            return;
        }

        var verification = record.Item.Verification;
        LogGivenUp(
            record.Item.Attempt.Sid, verification.Sid, FallbackPlan.DestinationOf(verification, record.Item.Attempt.Channel).ToString(), DeliveryErrors.NameOf(error), record.Tries is [.., var last] ? last.Carrier : "none",
            SpokenError.CodeOf(record.CarrierCode), untold);
    }

    [LoggerMessage(2119, LogLevel.Error, "{AttemptSid} of {VerificationSid} to {To} is given up: no carrier took it, the last was {Carrier}: {Error} {CarrierCode} ({Untold} before it were not told of). GET /admin/v1/attempts/{AttemptSid} has its tries")]
    partial void LogGivenUp(Sid attemptSid, Sid verificationSid, string to, string error, string carrier, string carrierCode, int untold);
}
