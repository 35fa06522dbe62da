using System.Net;
using Countersign.Core.Events;

namespace Countersign.Core.Delivery;

/// <summary>
/// In which networks carriers may be. An account says where its carriers are, and a gateway may stand beside the server; where accounts are other people's, the operator names the
/// networks that are meant, and all others are public ones. Asked for the address that is connected to, not for the name. Pure.
/// </summary>
public sealed class CarrierNetworks
{
    /// <summary>In any: what holds where nothing is set.</summary>
    public static readonly CarrierNetworks Any = new([]);

    readonly AddressRules? _rules;

    /// <summary>By networks (CIDR) and addresses beside the public ones; of <see cref="CarrierOptions.None"/> none. All, where there are none of these.</summary>
    public CarrierNetworks(IReadOnlyCollection<string> allowed) =>
        _rules = allowed.Count == 0 ? null : new AddressRules(allowed.Where(network => network != CarrierOptions.None));

    /// <summary>Whether a carrier may be there.</summary>
    public bool Allows(IPAddress address) => _rules?.Allows(address) ?? true;
}
