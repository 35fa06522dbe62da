using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Registry;
using Countersign.Core.Services;

namespace Countersign.Server.Push;

/// <summary>What a platform said to a message.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Status">The HTTP status; 0 for none.</param>
/// <param name="Code">The platform's own word for it, fit for a log.</param>
readonly record struct PushResult(PushOutcome Outcome, int Status, string Code);

/// <summary>Carries push messages to Google and Apple, with the credentials that the factor's service names.</summary>
sealed partial class PlatformSender(IServiceStore services, IRegistry<PushCredential> credentials, FcmSender fcm, ApnSender apn, ILogger<PlatformSender> logger) : IPushSender
{
    public async Task<PushOutcome> SendAsync(PushMessage message, CancellationToken ct)
    {
        if (await services.FindAsync(message.ServiceSid, ct) is not { } service || service.AccountSid != message.AccountSid
            || !Sid.TryParse(message.Platform == PushPlatform.Fcm ? service.Push.FcmCredentialSid : service.Push.ApnCredentialSid, "CR", out var sid)
            || credentials.Find(message.AccountSid, sid.ToString()) is not { } credential || credential.Platform != message.Platform)
        {
            return PushOutcome.NotSetUp;
        }

        var result = message.Platform == PushPlatform.Fcm ? await fcm.SendAsync(credential, message, ct) : await apn.SendAsync(credential, message, ct);
        if (result.Outcome != PushOutcome.Accepted)
        {
            LogRefused(message.NotificationSid, message.Platform, message.FactorSid, result.Status, result.Code);
        }

        return result.Outcome;
    }

    [LoggerMessage(6103, LogLevel.Information, "{Platform} did not take the push message {Notification} to the factor {Factor}: {Status} {Code}")]
    partial void LogRefused(Sid notification, PushPlatform platform, Sid factor, int status, string code);
}
