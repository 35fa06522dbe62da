using Countersign.Core.Channels;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Verifications;

namespace Countersign.Core.Guard;

/// <summary>
/// A stage that knows by destination and channel alone whether to refuse: so it is asked as well before a channel is chosen (<c>auto</c>), and before a fallback plan moves on to
/// its next one. It counts nothing that would have to be given back.
/// </summary>
public abstract class ChannelRule : IGuardStage
{
    /// <inheritdoc/>
    public abstract int Order { get; }

    /// <summary>Why nothing goes to the destination by this channel now; null where it may. Has no effect, and takes no lock.</summary>
    /// <param name="service">Whose message it would be.</param>
    /// <param name="to">Where it would go.</param>
    /// <param name="key">The destination's index value.</param>
    /// <param name="channel">How it would go out.</param>
    /// <param name="now">The moment to judge at: entries of lists may have an end.</param>
    public abstract GuardRefusal? Forbids(VerifyService service, Destination to, UInt128 key, Channel channel, DateTimeOffset now);

    /// <summary>Whether it may let a destination of the service have one channel and not another. False spares a caller who knows one answer the asking for the others.</summary>
    public virtual bool DiffersByChannel(VerifyService service) => false;

    /// <inheritdoc/>
    public GuardRefusal? Judge(StartFacts start, DateTimeOffset now) =>
        start.IsTest ? null : Forbids(start.Service, start.To, start.DestinationKey, start.Channel, now);

    /// <inheritdoc/>
    public virtual void Settle(StartFacts start, bool sent, DateTimeOffset now)
    {
    }

    /// <inheritdoc/>
    public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
    {
    }
}
