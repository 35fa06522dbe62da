using Countersign.Core.Accounts;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Tries;
using Countersign.Core.Events;
using Countersign.Core.Factors;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Registry;
using Countersign.Core.Routing;

namespace Countersign.Core.Services;

/// <summary>
/// Removes what a closed account has: nobody can come in who could. Services, with which their entities go; carriers and all other settings with their secrets; keys; events that wait.
/// Its verifications and attempts stay for as long as those of any account. Done when one is closed, and again now and then, for what a server did not come to, and for what a request
/// that was under way still made.
/// </summary>
public sealed class EmptyClosedAccounts(
    IAccountStore accounts, IServiceStore services, DeleteService deleteService, Authenticate authenticate, IEventStore events, IRegistry<EventSink> sinks, IRegistry<Webhook> webhooks,
    IRegistry<CarrierDefinition> carriers, IRegistry<Route> routes, IRegistry<StoredTemplate> templates, IRegistry<MessagingService> senders, IRegistry<MessagingConfiguration> configurations,
    IRegistry<RateLimit> limits, IRegistry<AccountGeoPermissions> geoPermissions, IRegistry<NumberListPart> numberLists, IRegistry<TryRun> tries, IRegistry<PushCredential> pushCredentials)
{
    const int PageSize = 100;

    /// <summary>Looks at all closed accounts. One that has nothing any more costs next to nothing.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        foreach (var account in await accounts.ListAccountsAsync(ct))
        {
            if (account.Status == AccountStatus.Closed)
            {
                await RunAsync(account.Sid, ct);
            }
        }
    }

    /// <summary>Empties an account that is closed. Whatever was removed stays so, if it does not come to its end.</summary>
    public async Task RunAsync(Sid account, CancellationToken ct)
    {
        // What tells of people first.
        foreach (var receiver in sinks.Of(account).Concat<EventReceiver>(webhooks.Of(account)).ToList())
        {
            await events.RemoveOfAsync(receiver.Sid, ct);
        }

        await RemoveAsync(sinks, account, ct);
        await RemoveAsync(webhooks, account, ct);
        await RemoveServicesAsync(account, ct);
        await RemoveAsync(numberLists, account, ct);
        await RemoveAsync(carriers, account, ct);
        await RemoveAsync(pushCredentials, account, ct);
        await RemoveAsync(configurations, account, ct);
        await RemoveAsync(senders, account, ct);
        await RemoveAsync(routes, account, ct);
        await RemoveAsync(templates, account, ct);
        await RemoveAsync(limits, account, ct);
        await RemoveAsync(geoPermissions, account, ct);
        await RemoveAsync(tries, account, ct);
        foreach (var key in await accounts.ListKeysAsync(account, ct))
        {
            try
            {
                await accounts.DeleteKeyAsync(account, key.Sid, ct);
            }
            finally
            {
                authenticate.Forget(key.Sid);
            }
        }
    }

    async Task RemoveServicesAsync(Sid account, CancellationToken ct)
    {
        while (await services.ListAsync(account, new PageRequest(PageSize, null), ct) is { Items.Count: > 0 } page)
        {
            var removed = 0;
            foreach (var service in page.Items)
            {
                removed += await deleteService.RunAsync(service, ct) ? 1 : 0;
            }

            if (removed == 0)
            {
                // Another server is at it.
                return;
            }
        }
    }

    /// <summary>All that an account has of one kind, also what cannot be read.</summary>
    static async Task RemoveAsync<T>(IRegistry<T> registry, Sid account, CancellationToken ct)
        where T : class, IRegistered
    {
        var names = registry.Of(account).Select(entry => entry.Name).Concat(registry.Unreadable.Where(entry => entry.AccountSid == account).Select(entry => entry.Name)).ToList();
        foreach (var name in names)
        {
            await registry.DeleteAsync(account, name, ct);
        }
    }
}
