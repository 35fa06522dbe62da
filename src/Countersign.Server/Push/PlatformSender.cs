using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Registry;
using Countersign.Core.Services;

namespace Countersign.Server.Push;

/// <summary>Carries push messages to Google and Apple, with the credentials that the factor's service names.</summary>
sealed class PlatformSender(IServiceStore services, IRegistry<PushCredential> credentials, FcmSender fcm, ApnSender apn) : IPushSender
{
    public async Task<PushResult> SendAsync(PushMessage message, CancellationToken ct)
    {
        if (await services.FindAsync(message.ServiceSid, ct) is not { } service || service.AccountSid != message.AccountSid
            || !Sid.TryParse(message.Platform == PushPlatform.Fcm ? service.Push.FcmCredentialSid : service.Push.ApnCredentialSid, "CR", out var sid)
            || credentials.Find(message.AccountSid, sid.ToString()) is not { } credential || credential.Platform != message.Platform)
        {
            return new PushResult(PushOutcome.NotSetUp);
        }

        return message.Platform == PushPlatform.Fcm ? await fcm.SendAsync(credential, message, ct) : await apn.SendAsync(credential, message, ct);
    }
}
