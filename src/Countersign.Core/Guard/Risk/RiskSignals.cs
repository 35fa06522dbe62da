using System.Buffers.Binary;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Guard.Lines;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Lookups;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Core.Guard.Risk;

/// <summary>What was found about a start.</summary>
/// <param name="Reasons">What speaks against it.</param>
/// <param name="IsKnownDevice">The number was approved with this device before.</param>
/// <param name="Device">A keyed hash of the device's fingerprint; 0 for none.</param>
/// <param name="PassesIn">When what time alone puts right will have passed: a journey, a young account. Zero for nothing.</param>
/// <param name="Remaining">What will speak against it by then; the hour is another one.</param>
readonly record struct RiskFindings(RiskReason Reasons, bool IsKnownDevice, ulong Device, TimeSpan PassesIn, RiskReason Remaining);

/// <summary>Looks for reasons in what the caller told and in what is remembered of the destination. What was not told or is not known is no reason.</summary>
sealed class RiskSignals(RiskOptions options, DestinationIndex index, KeyRing ring, IGeoSource geo, ILineTable lines, ulong seed, GuardNews? news)
{
    const RiskReason Passing = RiskReason.ImpossibleTravel | RiskReason.NewAccount | RiskReason.UnusualHour;

    static readonly TimeSpan Young = TimeSpan.FromDays(1);
    static readonly TimeSpan Lately = TimeSpan.FromDays(30);

    readonly ApprovalMemory _memory = new(options.ApprovalBits);

    public long MemoryBytes => _memory.Bytes;

    public RiskFindings Find(StartFacts start, DateTimeOffset now)
    {
        var caller = start.Signals.Caller;
        var device = DeviceHashes.Of(start, ring);
        var place = start.DeviceIp is { } address ? geo.Find(address) : GeoPlace.Unknown;
        var passes = TimeSpan.Zero;
        var found = OfCaller(caller, now, ref passes);
        if (start.To is PhoneNumber number)
        {
            found |= LineTypes.Of(number, lines) == LineType.Voip ? RiskReason.Voip : 0;
            found |= place.Country is { } country && country != number.Country && Countries.Contains(number.Country) ? RiskReason.CountryMismatch : 0;
            found |= OfHour(now, place, number);
        }

        found |= HostingNetworks.Contains(place.Network) ? RiskReason.HostingNetwork : 0;
        var isKnownDevice = false;
        if (Remembered(start, caller.PreviousNumber, now, ref found, out var known))
        {
            isKnownDevice = device != 0 && known.KnowsDevice(Short(device));
            found |= device != 0 && known.HasDevices && !isKnownDevice ? RiskReason.NewDevice : 0;
            found |= OfPlace(start.DeviceIp, place, known, now, ref passes);
        }

        var remaining = found & ~Passing;
        return new RiskFindings(found, isKnownDevice, device, passes, passes > TimeSpan.Zero && start.To is PhoneNumber later ? remaining | OfHour(now + passes, place, later) : remaining);
    }

    public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
    {
        var address = IpAddress.TryParse(verification.Details.DeviceIp, out var parsed) ? parsed : null;
        var place = address is null ? GeoPlace.Unknown : geo.Find(address);
        var device = verification.Details.Risk?.Device ?? 0;
        var learned = new RiskNews(KeyOf(verification.ServiceSid, destination), now, place, SubnetOf(address), device == 0 ? 0 : Short(device));
        Learn(learned);
        learned.Tell(news);
    }

    /// <summary>Remembers an approval, of this node or another.</summary>
    public void Learn(in RiskNews learned) => _memory.Approved(learned.Key, learned.At, learned.Place, learned.Subnet, learned.Device);

    public void Save(BinaryWriter to) => _memory.Save(to);

    public void Load(BinaryReader from) => _memory.Load(from);

    static RiskReason OfHour(DateTimeOffset at, in GeoPlace place, PhoneNumber number) =>
        LocalHours.At(at, place, number.Country) is >= 1 and < 5 ? RiskReason.UnusualHour : RiskReason.None;

    static RiskReason OfCaller(CallerSignals caller, DateTimeOffset now, ref TimeSpan passes)
    {
        var found = caller.UserAgent is { } agent && AutomatedClients.Has(agent) ? RiskReason.AutomatedClient : RiskReason.None;
        if (caller.AccountCreatedAt is { } created && now - created < Young)
        {
            found |= RiskReason.NewAccount;
            passes = created > now ? Young : created + Young - now;
        }

        return found;
    }

    /// <summary>What is known of the destination, or else of the number that the account had before: the person behind both is the same one, or ought to be.</summary>
    bool Remembered(StartFacts start, PhoneNumber? previous, DateTimeOffset now, ref RiskReason found, out KnownApproval known)
    {
        var isKnown = _memory.TryFind(KeyOf(start.Service.Sid, start.DestinationKey), out known);
        if (previous is null || previous.Equals(start.To))
        {
            return isKnown;
        }

        var before = _memory.TryFind(KeyOf(start.Service.Sid, index.Of(previous)), out var old);
        found |= before && now - old.At < Lately ? RiskReason.NumberChangedLately : RiskReason.NumberChanged;
        known = isKnown || !before ? known : old;
        return isKnown || before;
    }

    RiskReason OfPlace(IpAddress? address, in GeoPlace place, in KnownApproval known, DateTimeOffset now, ref TimeSpan passes)
    {
        if (address is null || !known.HasSubnets || known.KnowsSubnet(SubnetOf(address)))
        {
            return RiskReason.None;
        }

        if (known.KnowsNetwork(place.Network))
        {
            // A phone's provider lets it out now here, now there: in one and the same network, being elsewhere says nothing.
            return RiskReason.None;
        }

        var found = RiskReason.NewNetwork;
        found |= place.Country is { } country && known.IsElsewhere(country) ? RiskReason.NewCountry : 0;
        if (Travel.StillToGo(known.Place, place, now - known.At) is var left && left > TimeSpan.Zero)
        {
            found |= RiskReason.ImpossibleTravel;
            passes = left > passes ? left : passes;
        }

        return found;
    }

    /// <summary>The network around an address, /24 or /48; 0 for none.</summary>
    uint SubnetOf(IpAddress? address)
    {
        if (address is null)
        {
            return 0;
        }

        Span<byte> bytes = stackalloc byte[16];
        var network = address.WriteBytes(bytes) == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) >> 8 : (BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16) | (1UL << 60);
        return (uint)FraudKeys.Mix(seed ^ network) | 1;
    }

    ulong KeyOf(Sid service, UInt128 destination) =>
        FraudKeys.Mix(seed ^ (ulong)destination ^ FraudKeys.Mix((ulong)service.Value ^ (ulong)(service.Value >> 64))) | 1;

    static uint Short(ulong device) => (uint)(device >> 32) | 1;
}
