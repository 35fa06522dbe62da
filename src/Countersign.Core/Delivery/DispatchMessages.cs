using Countersign.Core.Codes;
using Countersign.Core.Messages;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Delivery;

/// <summary>Takes messages out of the outbox, writes them and hands them to a carrier.</summary>
public sealed partial class DispatchMessages(
    IOutbox outbox, IServiceStore services, CodeVault codes, Carriers carriers, TimeProvider time, ILogger<DispatchMessages> logger)
{
    const int BatchSize = 256;

    static readonly TimeSpan RecordAgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>Waits for messages, sends one batch and records what came of it.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        var items = await outbox.ClaimAsync(BatchSize, ct);
        var records = new List<SendRecord>(items.Count);
        foreach (var item in items)
        {
            // What is left when the server stops stays in the outbox for the next start.
            if (ct.IsCancellationRequested)
            {
                break;
            }

            var record = await TrySendAsync(item);
            DeliveryMetrics.Recorded(record);
            records.Add(record);
        }

        await RecordAsync(records, ct);
    }

    /// <summary>The carriers have the messages: what they said must be kept, or they would be sent again after a restart.</summary>
    async Task RecordAsync(List<SendRecord> records, CancellationToken ct)
    {
        while (records.Count > 0)
        {
            try
            {
                await outbox.RecordAsync(records, CancellationToken.None);
                return;
            }
            catch (Exception problem) when (problem is StoreOverloadedException or StoreUnavailableException && !ct.IsCancellationRequested)
            {
                LogNotRecorded(records.Count);
                await Task.Delay(RecordAgainAfter, time, ct);
            }
        }
    }

    async ValueTask<SendRecord> TrySendAsync(OutboxItem item)
    {
        try
        {
            return await SendAsync(item);
        }
        catch (Exception problem)
        {
            // One message that cannot be written must not hold up the others, and must not be tried for ever.
            LogNotWritten(item.Attempt.Sid, problem.GetType().Name, problem.StackTrace);
            return new SendRecord { Item = item, Status = AttemptStatus.Failed, Failure = SendFailure.CarrierDown, CarrierCode = "internal_error", At = time.GetUtcNow() };
        }
    }

    async ValueTask<SendRecord> SendAsync(OutboxItem item)
    {
        var now = time.GetUtcNow();
        var verification = item.Verification;
        if (now >= verification.ExpiresAt)
        {
            LogTooLate(item.Attempt.Sid, verification.To.ToString());
            return new SendRecord { Item = item, Status = AttemptStatus.TooLate, At = now };
        }

        if (carriers.For(verification.To, verification.Details.IsTest) is not { } carrier)
        {
            LogNoCarrier(item.Attempt.Sid, verification.To.ToString());
            return new SendRecord { Item = item, Status = AttemptStatus.Failed, Failure = SendFailure.CarrierDown, CarrierCode = "no_route", At = now };
        }

        if (await services.FindAsync(verification.ServiceSid, CancellationToken.None) is not { } service)
        {
            return new SendRecord { Item = item, Status = AttemptStatus.Failed, Failure = SendFailure.ChannelRefused, CarrierCode = "service_deleted", At = now };
        }

        var message = Write(item, service);
        var outcome = await HandOverAsync(carrier, message);
        var record = new SendRecord
        {
            Item = item,
            Status = AttemptStatus.Sent,
            Carrier = carrier.Name,
            Locale = message.Message.Locale,
            Segments = message.Message.Segments.Segments,
            At = time.GetUtcNow(),
        };
        switch (outcome)
        {
            case SendOutcome.Accepted accepted:
                return record with { CarrierMessageId = accepted.CarrierMessageId };

            case SendOutcome.Refused refused:
                LogRefused(item.Attempt.Sid, verification.To.ToString(), carrier.Name, refused.Failure, refused.CarrierCode);
                return record with { Status = AttemptStatus.Failed, Failure = refused.Failure, CarrierCode = refused.CarrierCode };

            default:
                throw new InvalidOperationException($"Unknown outcome {outcome.GetType().Name}.");
        }
    }

    OutgoingMessage Write(OutboxItem item, VerifyService service)
    {
        var verification = item.Verification;
        var details = verification.Details;
        var code = item.CustomCode ?? codes.Derive(verification.Code, Verification.BindingOf(details.Amount, details.Payee));
        return new OutgoingMessage
        {
            AttemptSid = item.Attempt.Sid,
            VerificationSid = verification.Sid,
            AccountSid = verification.AccountSid,
            To = verification.To,
            Channel = item.Attempt.Channel,
            Code = code,
            Message = MessageWriter.Write(new MessageRequest
            {
                FriendlyName = details.CustomFriendlyName ?? service.FriendlyName,
                Code = code,
                To = verification.To,
                Locale = details.Locale,
                DoNotShare = service.DoNotShareWarningEnabled,
                AppHash = details.AppHash,
                WebOtpHost = service.WebOtpHost,
                Amount = details.Amount,
                Payee = details.Payee,
            }),
        };
    }

    async ValueTask<SendOutcome> HandOverAsync(ICarrier carrier, OutgoingMessage message)
    {
        try
        {
            // Not cancelled when the server stops: a message that may be half-way out is better waited for than sent twice.
            return await carrier.SendAsync(message, CancellationToken.None);
        }
        catch (Exception problem)
        {
            // Note: the exception may quote the request, and so the number and the code; its type is all that is safe to say.
            LogCarrierThrew(message.AttemptSid, carrier.Name, problem.GetType().Name);
            return new SendOutcome.Refused(Errors.DeliveryError.CarrierFault, problem.GetType().Name);
        }
    }

    [LoggerMessage(2101, LogLevel.Warning, "{AttemptSid} to {To} was not sent: its code had run out before it could be")]
    partial void LogTooLate(Sid attemptSid, string to);

    [LoggerMessage(2102, LogLevel.Error, "{AttemptSid} to {To} was not sent: no carrier serves it. Turn the sandbox on (Countersign:Sandbox:Enabled) or configure a carrier")]
    partial void LogNoCarrier(Sid attemptSid, string to);

    [LoggerMessage(2103, LogLevel.Warning, "{Carrier} refused {AttemptSid} to {To}: {Failure} {CarrierCode}")]
    partial void LogRefused(Sid attemptSid, string to, string carrier, SendFailure failure, string? carrierCode);

    [LoggerMessage(2105, LogLevel.Error, "{AttemptSid} could not be written: {Problem}\n{Stack}")]
    partial void LogNotWritten(Sid attemptSid, string problem, string? stack);

    [LoggerMessage(2106, LogLevel.Error, "The outcomes of {Count} sends could not be kept yet; trying again")]
    partial void LogNotRecorded(int count);

    [LoggerMessage(2104, LogLevel.Error, "{Carrier} failed on {AttemptSid}: {Problem}")]
    partial void LogCarrierThrew(Sid attemptSid, string carrier, string problem);
}
