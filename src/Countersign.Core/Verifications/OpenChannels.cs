using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Guard;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;

namespace Countersign.Core.Verifications;

/// <summary>The channels that a verification's next send may use: those with a carrier, less those that the service's rules close to the destination.</summary>
public sealed class OpenChannels(ServedChannels channels, StartGuard guard, DestinationIndex index)
{
    /// <summary>In the order of <see cref="Channel"/>; empty where nothing could be sent.</summary>
    public IReadOnlyList<Channel> Of(VerifyService service, Verification verification) => Of(service, verification.To, verification.Details.IsTest);

    /// <summary>The same of a destination that nothing was sent to yet; <paramref name="isTest"/> where it is one of the service's test numbers, which no rule holds for.</summary>
    public IReadOnlyList<Channel> Of(VerifyService service, Destination to, bool isTest)
    {
        var open = channels.ChannelsFor(service.AccountSid, service.Sid, to, isTest);
        if (service.Psd2Enabled)
        {
            open = [.. open.Where(channel => channel.NamesPayments)];
        }

        return isTest || !guard.DiffersByChannel(service) ? open : guard.Allowed(service, to, index.Of(to), open);
    }
}
