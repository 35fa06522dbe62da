using Countersign.Core.Delivery;

namespace Countersign.Carriers.Sandbox;

/// <summary>The carrier that needs no contract: every message goes to a virtual phone.</summary>
public sealed class SandboxCarrier(VirtualPhones phones, TimeProvider time) : ICarrier
{
    public string Name => CarrierDirectory.SandboxName;

    public ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        phones.Receive(message, time.GetUtcNow());
        return new ValueTask<SendOutcome>(new SendOutcome.Accepted(message.AttemptSid.ToString()));
    }
}
