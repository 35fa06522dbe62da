using Countersign.Core.Events;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Registry;

namespace Countersign.Core.Services;

/// <summary>Deletes a service with what is kept under it. Its entities go with the next pass of retention; its verifications and attempts stay for as long as those of any.</summary>
public sealed class DeleteService(
    IServiceStore services, IRegistry<MessagingConfiguration> configurations, IRegistry<RateLimit> limits, IRegistry<Webhook> webhooks, IEventStore events)
{
    /// <summary>False where there was no such service any more.</summary>
    public async Task<bool> RunAsync(VerifyService service, CancellationToken ct)
    {
        if (!await services.DeleteAsync(service.Sid, ct))
        {
            return false;
        }

        // The service is gone, so the rest is done whether the caller waits for it or not.
        var account = service.AccountSid;
        foreach (var configuration in configurations.Of(account).Where(configuration => configuration.ServiceSid == service.Sid).ToList())
        {
            await configurations.DeleteAsync(account, configuration.Name, CancellationToken.None);
        }

        foreach (var limit in limits.Of(account).Where(limit => limit.ServiceSid == service.Sid).ToList())
        {
            await limits.DeleteAsync(account, limit.Name, CancellationToken.None);
        }

        foreach (var webhook in webhooks.Of(account).Where(webhook => webhook.ServiceSid == service.Sid).ToList())
        {
            await webhooks.DeleteAsync(account, webhook.Name, CancellationToken.None);
            await events.RemoveOfAsync(webhook.Sid, CancellationToken.None);
        }

        return true;
    }
}
