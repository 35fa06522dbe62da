namespace Countersign.Core.Delivery;

/// <summary>What the operator says of all accounts' carriers.</summary>
public sealed class CarrierOptions
{
    /// <summary>Stands for no network at all.</summary>
    public const string None = "none";

    /// <summary>
    /// Networks (CIDR) or addresses that are not public and that carriers may be in; <see cref="None"/> alone for public addresses only. Default empty: carriers may be anywhere but at
    /// link-local addresses and those that are a cloud's own.
    /// </summary>
    public IList<string> AllowedNetworks { get; set; } = [];
}
