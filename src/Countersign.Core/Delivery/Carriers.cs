using Countersign.Core.Numbers;
using Countersign.Core.Verifications;

namespace Countersign.Core.Delivery;

/// <summary>The carriers of this installation, and which one a message goes to.</summary>
public sealed class Carriers(IEnumerable<ICarrier> carriers)
{
    /// <summary>The name of the carrier that ends at the virtual phones.</summary>
    public const string SandboxName = "sandbox";

    readonly ICarrier? _sandbox = carriers.FirstOrDefault(carrier => carrier.Name == SandboxName);
    readonly ICarrier? _first = carriers.FirstOrDefault(carrier => carrier.Name != SandboxName);

    /// <summary>The carrier for a verification; null where none serves it.</summary>
    public ICarrier? For(Verification verification) =>
        verification.Details.IsTest || verification.To is PhoneNumber { IsFictional: true }
            ? _sandbox // Never a real carrier: these numbers are nobody's.
            : _first ?? _sandbox;
}
