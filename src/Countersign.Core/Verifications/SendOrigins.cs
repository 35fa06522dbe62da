using Countersign.Core.Channels;

namespace Countersign.Core.Verifications;

/// <summary>
/// Where the messages of a verification were asked for, as Fraud Guard counted them: a code that is typed back answers those, wherever it is typed. Kept only where
/// the details' own address and device say something else: people start in one network and type in another, and ask again from a third. Pure.
/// </summary>
/// <param name="Addresses">Of the first message that was counted, and then of those that were asked for from elsewhere; empty text for an address that was not passed. Five at most.</param>
/// <param name="Device">The device of the first; 0 where it is not known.</param>
public sealed record SendOrigins(IReadOnlyList<string> Addresses, ulong Device)
{
    const int MaxAddresses = VerificationLimits.MaxSends;

    static readonly SendOrigins Nowhere = new([""], 0);

    /// <summary>Whether a send is counted: by text or call, at once or by a later step of its plan. Who answers by WhatsApp has the number, but nothing is earned by sending to it.</summary>
    public static bool IsCounted(Channel channel, IReadOnlyList<FallbackStep>? plan) =>
        channel is Channel.Sms or Channel.Call || (plan is not null && plan.Any(static step => step.Channel is Channel.Sms or Channel.Call));

    /// <summary>Those of a verification; null where none of its messages was counted.</summary>
    public static SendOrigins? Of(Verification verification) =>
        verification.Details.Origins ?? (LastCounted(verification) is null ? null : Of(verification.Details));

    /// <summary>When the last message that was counted was asked for; null for none.</summary>
    public static DateTimeOffset? LastCounted(Verification verification)
    {
        for (var at = verification.Attempts.Length - 1; at >= 0; at--)
        {
            if (IsCounted(verification.Attempts[at].Channel, verification.Details.Fallback))
            {
                return verification.Attempts[at].At;
            }
        }

        return null;
    }

    /// <summary>Adds the origins to what a resend by that channel keeps.</summary>
    /// <param name="pending">The verification that is sent again.</param>
    /// <param name="asked">What the resend asked for.</param>
    /// <param name="kept">What <see cref="FailedChecks.Keep"/> left of that.</param>
    /// <param name="channel">Its channel.</param>
    public static VerificationDetails Keep(Verification pending, VerificationDetails asked, VerificationDetails kept, Channel channel)
    {
        var origins = Of(pending);
        if (IsCounted(channel, asked.Fallback))
        {
            origins = origins?.With(asked.DeviceIp ?? "") ?? Of(asked);
        }

        return origins is null || origins.Says(kept) ? kept : kept with { Origins = origins };
    }

    SendOrigins With(string address) => Addresses.Count >= MaxAddresses || Addresses.Contains(address) ? this : this with { Addresses = [.. Addresses, address] };

    bool Says(VerificationDetails details) => Device == DeviceOf(details) && Addresses is [var only] && only == (details.DeviceIp ?? "");

    static SendOrigins Of(VerificationDetails details) =>
        details.DeviceIp is null && DeviceOf(details) == 0 ? Nowhere : new([details.DeviceIp ?? ""], DeviceOf(details));

    static ulong DeviceOf(VerificationDetails details) => details.Risk?.Device ?? 0;
}
