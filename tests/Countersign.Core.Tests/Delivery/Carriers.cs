using Countersign.Core.Delivery;
using Countersign.Core.Registry;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Registry;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Core.Tests.Delivery;

/// <summary>Directories of carriers for tests: the sandbox alone, or scripted carriers.</summary>
static class Carriers
{
    /// <summary>The sandbox, which serves numbers of fiction on every channel.</summary>
    public static CarrierDirectory SandboxOnly() => Directory(new MemoryRegistry<CarrierDefinition>(), [], TimeProvider.System);

    /// <summary>Nobody.</summary>
    public static CarrierDirectory None() => Directory(new MemoryRegistry<CarrierDefinition>(), [], TimeProvider.System, sandbox: false);

    /// <summary>What they serve where the account has no routes.</summary>
    public static ServedChannels Served(CarrierDirectory carriers) => new(carriers, new MemoryRegistry<Core.Routing.Route>());

    public static CarrierDirectory Directory(
        IRegistry<CarrierDefinition> registry, IEnumerable<ICarrierKind> kinds, TimeProvider time, IAttemptStore? attempts = null, bool sandbox = true)
    {
        var random = new ReplayedRandom(3);
        var parts = new CarrierParts(new PublicRoot(null), new Core.Privacy.Sealer(Rings.WithKeys(1), random), time, random, attempts!, new CarrierOptions(), NullLoggerFactory.Instance);
        return new CarrierDirectory(registry, kinds, sandbox ? [new AnyCarrier()] : [], parts);
    }

    /// <summary>A carrier that is only asked whether it is there.</summary>
    sealed class AnyCarrier : ICarrier
    {
        public string Name => CarrierDirectory.SandboxName;

        public ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct) => new(new SendOutcome.Accepted(null));
    }
}
