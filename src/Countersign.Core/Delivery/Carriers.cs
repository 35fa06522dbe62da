using Countersign.Core.Numbers;

namespace Countersign.Core.Delivery;

/// <summary>The carriers of this installation, and which one a message goes to.</summary>
public sealed class Carriers(IEnumerable<ICarrier> carriers)
{
    /// <summary>The name of the carrier that ends at the virtual phones.</summary>
    public const string SandboxName = "sandbox";

    readonly ICarrier? _sandbox = carriers.FirstOrDefault(carrier => carrier.Name == SandboxName);
    readonly ICarrier? _first = carriers.FirstOrDefault(carrier => carrier.Name != SandboxName);

    /// <summary>The carrier for a destination; null where none serves it.</summary>
    public ICarrier? For(Destination to, bool isTest) =>
        isTest || to is PhoneNumber { IsFictional: true }
            ? _sandbox // Never a real carrier: these numbers are nobody's.
            : _first ?? _sandbox;
}
