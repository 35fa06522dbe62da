using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Privacy;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Delivery;

/// <summary>What a carrier is made with.</summary>
public sealed class CarrierEnvironment
{
    public required CarrierDefinition Definition { get; init; }

    public required CarrierSettings Settings { get; init; }

    public required TimeProvider Time { get; init; }

    public required RandomSource Random { get; init; }

    /// <summary>For what must travel through the carrier and come back without the carrier being able to read it.</summary>
    public required Sealer Sealer { get; init; }

    /// <summary>
    /// The public address at which this carrier's callbacks arrive (<c>…/callbacks/{carrier}/{account}</c>), without a slash at its end; an adapter may put
    /// <c>/more</c> and a query behind it. Null where the operator set no public address: then no callbacks are asked for.
    /// </summary>
    public required Uri? CallbackAddress { get; init; }

    /// <summary>Where receipts go that come over a connection of the carrier's own, and not by a callback. Returns when they are kept.</summary>
    public required Func<IReadOnlyList<Receipt>, Task> ReceiptsAsync { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Where it may connect to.</summary>
    public CarrierNetworks Networks { get; init; } = CarrierNetworks.Any;
}
