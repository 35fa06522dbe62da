using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Delivery.Simulation;

namespace Countersign.Carriers.Sandbox;

/// <summary>
/// The carrier that needs no contract: every message goes to a virtual phone. Magic numbers and the rules that an account set make it behave like a network with faults;
/// without them it answers at once and sends no receipts.
/// </summary>
public sealed class SandboxCarrier(VirtualPhones phones, SimulatedNetwork network, SimulatedReceipts receipts, TimeProvider time) : ICarrier
{
    /// <summary>The carrier's own error of what is refused or fails here, whatever the reason.</summary>
    public const string CarrierCode = "simulated";

    public string Name => CarrierDirectory.SandboxName;

    public ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        if (!network.IsPlain(message.AccountSid, message.To.Reveal()))
        {
            return SimulateAsync(message, ct);
        }

        phones.Receive(message, time.GetUtcNow());
        return new ValueTask<SendOutcome>(new SendOutcome.Accepted(message.AttemptSid.ToString()));
    }

    async ValueTask<SendOutcome> SimulateAsync(OutgoingMessage message, CancellationToken ct)
    {
        var plan = network.Decide(message.AccountSid, message.To.Reveal(), message.Message.Text);
        if (plan.Latency > TimeSpan.Zero)
        {
            await Task.Delay(plan.Latency, time, ct);
        }

        if (plan.Refusal is { } error)
        {
            return new SendOutcome.Refused(error, CarrierCode);
        }

        if (plan.Arrives)
        {
            phones.Receive(message, time.GetUtcNow());
        }

        if (plan.Receipt is { } receipt)
        {
            // Named by the attempt: the store keeps no index of the sandbox's own ids.
            var said = new Receipt { AttemptSid = message.AttemptSid, Status = receipt.Status, Error = receipt.Error, CarrierCode = receipt.Error is null ? null : CarrierCode };
            receipts.Plan(message.AccountSid, said, receipt.Delay);
        }

        return new SendOutcome.Accepted(message.AttemptSid.ToString());
    }
}
