using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Privacy;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Delivery;

/// <summary>What all carriers are made with, and the public address of this server; null where none is set.</summary>
public sealed class CarrierParts(
    PublicRoot publicRoot, Sealer sealer, TimeProvider time, RandomSource random, IAttemptStore attempts, CarrierOptions options, ILoggerFactory loggers)
{
    readonly CarrierNetworks _networks = new([.. options.AllowedNetworks]);
    Func<Sid, string, IReadOnlyList<Receipt>, Task>? _receive;

    internal ILogger Logger { get; } = loggers.CreateLogger("Countersign.Core.Delivery.CarrierDirectory");

    /// <summary>Sets where receipts go that come over a carrier's own connection; until then they are only kept.</summary>
    internal void SendReceiptsTo(Func<Sid, string, IReadOnlyList<Receipt>, Task> receive) => _receive = receive;

    /// <summary>The address for a carrier's callbacks; null where this server has no public address.</summary>
    public Uri? CallbackAddressOf(Sid account, string carrier) =>
        publicRoot.Address is { } root ? new Uri($"{root.GetLeftPart(UriPartial.Path).TrimEnd('/')}/callbacks/{carrier}/{account}") : null;

    internal CarrierEnvironment EnvironmentOf(ICarrierKind kind, CarrierDefinition definition) => new()
    {
        Definition = definition,
        Settings = new CarrierSettings(kind, definition.Settings, definition.Secrets),
        Time = time,
        Random = random,
        Sealer = sealer,
        CallbackAddress = CallbackAddressOf(definition.AccountSid, definition.Name),
        ReceiptsAsync = list => _receive is { } receive
            ? receive(definition.AccountSid, definition.Name, list)
            : attempts.ReceiveAsync(definition.AccountSid, definition.Name, list, CancellationToken.None),
        Logger = loggers.CreateLogger($"Countersign.Carriers.{kind.Name}"),
        Networks = _networks,
    };
}

/// <summary>The address that the outside world reaches this server by, where the operator set one.</summary>
public sealed record PublicRoot(Uri? Address);
