using Countersign.Core.Registry;

namespace Countersign.Core.Messages.Senders;

/// <summary>Finds the pool of senders of a message.</summary>
public sealed class SenderPools(IRegistry<MessagingConfiguration> configurations, IRegistry<MessagingService> pools)
{
    /// <summary>The pool that a service has for a country, else the one it has for all; null for the carrier's own senders.</summary>
    public MessagingService? For(Sid account, Sid service, string country)
    {
        // Most accounts have none, and this is asked for every message.
        if (configurations.Of(account).Count == 0)
            return null;
        return Find(account, service, country) ?? Find(account, service, MessagingConfiguration.Everywhere);
    }

    MessagingService? Find(Sid account, Sid service, string country) =>
        configurations.Find(account, MessagingConfiguration.NameOf(service, country)) is { } configuration
            ? pools.Find(account, configuration.MessagingServiceSid.ToString())
            : null;
}
