using System.Security.Cryptography;
using Countersign.Carriers.Smpp;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Privacy;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

/// <summary>Makes SMPP carriers as the server does, with time that passes.</summary>
static class SmppBench
{
    /// <summary>Milliseconds that a test of connections may take, far more than any does: where what it waits for does not come it fails, and holds up no other.</summary>
    public const int Deadline = 50_000;

    public static SmppCarrier Create(int port, Dictionary<string, string>? settings = null, Func<IReadOnlyList<Receipt>, Task>? onReceipts = null, string password = SmscProcess.Password)
    {
        var kind = new SmppKind();
        var all = new Dictionary<string, string>(settings ?? []) { ["host"] = "127.0.0.1", ["port"] = $"{port}", ["system_id"] = SmscProcess.SystemId };
        var secrets = new Dictionary<string, string> { ["password"] = password };
        Assert.Empty(CarrierSettings.Check(kind, all, secrets));
        var definition = new CarrierDefinition
        {
            AccountSid = CarrierBench.Account,
            Name = "acme",
            Kind = kind.Name,
            Settings = all,
            Secrets = secrets,
            CreatedAt = CarrierBench.Now,
            UpdatedAt = CarrierBench.Now,
        };
        return Assert.IsType<SmppCarrier>(kind.Create(new CarrierEnvironment
        {
            Definition = definition,
            Settings = new CarrierSettings(kind, all, secrets),
            Time = TimeProvider.System,
            Random = RandomSource.System,
            Sealer = new Sealer(new KeyRing([(1, RandomNumberGenerator.GetBytes(RingKey.SecretBytes))], 1, 1), RandomSource.System),
            CallbackAddress = null,
            ReceiptsAsync = onReceipts ?? (_ => Task.CompletedTask),
            Logger = NullLogger.Instance,
        }));
    }

    /// <summary>A text message to a number that is reserved for fiction.</summary>
    public static OutgoingMessage Message(string text = CarrierBench.Text, string number = CarrierBench.Number, string? sender = "Acme") =>
        CarrierBench.Message(number: number, text: text) with { Sender = sender, ExpiresAt = DateTimeOffset.UtcNow.AddMinutes(10) };

    /// <summary>Sends and expects the carrier to take it; gives the carrier's id.</summary>
    public static async Task<string?> AcceptedAsync(this SmppCarrier carrier, OutgoingMessage message) =>
        Assert.IsType<SendOutcome.Accepted>(await carrier.SendAsync(message, default)).CarrierMessageId;

    /// <summary>Sends and expects the carrier to refuse it.</summary>
    public static async Task<SendOutcome.Refused> RefusedAsync(this SmppCarrier carrier, OutgoingMessage message) =>
        Assert.IsType<SendOutcome.Refused>(await carrier.SendAsync(message, default));
}
