using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Guard;
using Countersign.Core.Privacy;
using Countersign.Core.Services;

namespace Countersign.Core.Verifications;

/// <summary>The channels that a verification's next send may use: those with a carrier, less those that the service's rules close to the destination.</summary>
public sealed class OpenChannels(ServedChannels channels, StartGuard guard, DestinationIndex index)
{
    /// <summary>In the order of <see cref="Channel"/>; empty where nothing could be sent.</summary>
    public IReadOnlyList<Channel> Of(VerifyService service, Verification verification)
    {
        var open = channels.ChannelsFor(verification.AccountSid, verification.ServiceSid, verification.To, verification.Details.IsTest);
        if (service.Psd2Enabled)
        {
            open = [.. open.Where(channel => channel != Channel.Call)];
        }

        return verification.Details.IsTest || !guard.DiffersByChannel(service) ? open : Allowed(service, verification, open);
    }

    List<Channel> Allowed(VerifyService service, Verification verification, IReadOnlyList<Channel> open)
    {
        var key = index.Of(verification.To);
        var allowed = new List<Channel>(open.Count);
        foreach (var channel in open)
        {
            if (guard.Forbids(service, verification.To, key, channel) is null)
            {
                allowed.Add(channel);
            }
        }

        return allowed;
    }
}
