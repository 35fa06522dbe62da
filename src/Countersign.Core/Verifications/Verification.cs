using System.Collections.Immutable;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Numbers;

namespace Countersign.Core.Verifications;

/// <summary>One verification (VE…): a code on its way to a destination, and what came of it. Immutable; a step makes the next one.</summary>
public sealed record Verification
{
    public required Sid Sid { get; init; }

    public required Sid ServiceSid { get; init; }

    public required Sid AccountSid { get; init; }

    public required Destination To { get; init; }

    /// <summary>The status as stored. A pending verification whose time is over is still stored as pending: ask <see cref="StatusAt"/>.</summary>
    public required VerificationStatus Status { get; init; }

    /// <summary>The channel of the latest send.</summary>
    public required Channel Channel { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When the code stops being good: its lifetime after the latest send.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Wrong and right guesses that were evaluated, 0 to <see cref="VerificationLimits.MaxChecks"/>.</summary>
    public required int Checks { get; init; }

    public required CodeSeed Code { get; init; }

    /// <summary>What the words of the message depend on, kept so that a message can be written when it is sent.</summary>
    public required VerificationDetails Details { get; init; }

    /// <summary>The sends, oldest first, at most <see cref="VerificationLimits.MaxAttempts"/>.</summary>
    public required ImmutableArray<SendAttempt> Attempts { get; init; }

    /// <summary>The sends that count against the person's allowance.</summary>
    public int SendsUsed
    {
        get
        {
            var used = 0;
            foreach (var attempt in Attempts)
            {
                used += attempt.Free ? 0 : 1;
            }

            return used;
        }
    }

    /// <summary>
    /// The code of a number went to a mailbox of the plan too. Whoever types it may have read it there, and need not have the number: so it proves nothing of the number to Guard.
    /// </summary>
    public bool WentToMailbox
    {
        get
        {
            if (To is PhoneNumber)
            {
                foreach (var attempt in Attempts)
                {
                    if (attempt.Channel == Channel.Email)
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }

    /// <summary>The status at a moment: a pending one becomes expired by time alone, without anyone writing it.</summary>
    public VerificationStatus StatusAt(DateTimeOffset now) =>
        Status == VerificationStatus.Pending && now >= ExpiresAt ? VerificationStatus.Expired : Status;

    /// <summary>The part of the code's derivation that binds it to a payment (PSD2), empty where there is none.</summary>
    public static string BindingOf(string? amount, string? payee) =>
        amount is null && payee is null ? "" : $"{amount?.Length ?? -1}:{amount}{payee}";
}

/// <summary>One send of a verification's code (VL…). A free one failed by no fault of the person's (a carrier was out of order), and so does not use up a send.</summary>
public readonly record struct SendAttempt(Sid Sid, DateTimeOffset At, Channel Channel, bool Free = false);

/// <summary>How a verification stands. The numbers are stored: add, never renumber. Only pending ever changes.</summary>
public enum VerificationStatus
{
    Pending = 1,
    Approved = 2,
    Canceled = 3,
    Expired = 4,
    MaxAttemptsReached = 5,
}

/// <summary>Limits that Twilio documents and SDK users count on.</summary>
public static class VerificationLimits
{
    /// <summary>Sends of one verification; one more is a 60203.</summary>
    public const int MaxSends = 5;

    /// <summary>Sends of one verification with those that do not count: bounds what a dead carrier can cost.</summary>
    public const int MaxAttempts = 12;

    /// <summary>Evaluated guesses of one verification; one more is a 60202.</summary>
    public const int MaxChecks = 5;
}

/// <summary>What the caller asked for with a start. Personal in parts, so the store keeps it sealed.</summary>
public sealed record VerificationDetails
{
    /// <summary>Nothing that a start may say was said, as with most of them: one for all.</summary>
    public static readonly VerificationDetails Nothing = new();

    /// <summary>The same once its risk was judged, and nothing was found.</summary>
    public static readonly VerificationDetails Clear = new() { Risk = Guard.Risk.RiskAssessment.Clear };

    public string? Locale { get; init; }

    public string? CustomFriendlyName { get; init; }

    public string? AppHash { get; init; }

    public string? Amount { get; init; }

    public string? Payee { get; init; }

    /// <summary>The template that was asked for (HJ…); null for the service's own or the standard words.</summary>
    public Sid? TemplateSid { get; init; }

    public IReadOnlyDictionary<string, string>? Substitutions { get; init; }

    /// <summary>Keys to send after a call was answered.</summary>
    public string? SendDigits { get; init; }

    /// <summary>The channels to go on to by itself, in order, the first one included; null for none.</summary>
    public IReadOnlyList<FallbackStep>? Fallback { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>The address of the device: the one that the latest start passed, and of an approved verification the one that the code was typed at; null where none was passed.</summary>
    public string? DeviceIp { get; init; }

    /// <summary>Where its messages were asked for, where that is not what <see cref="DeviceIp"/> and <see cref="Risk"/> say; null where it is.</summary>
    public SendOrigins? Origins { get; init; }

    /// <summary>The destination is one of the service's test numbers: nothing is charged and it is no conversion.</summary>
    public bool IsTest { get; init; }

    /// <summary>The code is the test number's fixed one, and not one that the caller chose; false also for what was started before this was kept.</summary>
    public bool HasFixedCode { get; init; }

    /// <summary>Wrong guesses in a row about the destination, in the verifications before this one.</summary>
    public int FailedBefore { get; init; }

    /// <summary>The same of those that were reserved for the known network.</summary>
    public int KnownFailedBefore { get; init; }

    /// <summary>Until when wrong guesses that were forgotten count among those of a day (<see cref="FailedChecks.MaxForgiven"/>); null for none.</summary>
    public DateTimeOffset? ForgivenUntil { get; init; }

    /// <summary>The network that the destination was approved from before (a /24 or a /48); null where none is known.</summary>
    public string? KnownNetwork { get; init; }

    /// <summary>Started from the known network while others had to wait: guesses from elsewhere are not evaluated.</summary>
    public bool IsReserved { get; init; }

    /// <summary>The solved challenges that let starts of the destination through lately (<see cref="SpentWork"/>); null for none.</summary>
    public IReadOnlyList<SpentId>? Spent { get; init; }

    /// <summary>How the risk of the latest start was judged; null where it was not.</summary>
    public Guard.Risk.RiskAssessment? Risk { get; init; }

    public override string ToString() => $"locale {Locale ?? "default"}";
}
