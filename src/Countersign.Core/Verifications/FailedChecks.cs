using Countersign.Core.Numbers;

namespace Countersign.Core.Verifications;

/// <summary>
/// Wrong guesses in a row about one destination, over all its verifications: a new code does not buy new guesses. Each five double the wait before the next verification, and
/// the hundredth (NIST SP 800-63B-4, 3.2.2) makes it a week. A right guess forgets them, and so does a week without any. Guesses from the network that the destination was
/// approved from before are counted apart, so that whoever guesses elsewhere does not lock the person out; and a right one from there forgets half of the others' only, or a
/// person who comes every day would give whoever guesses a new beginning every day. Pure.
/// </summary>
public static class FailedChecks
{
    /// <summary>The wait after the first five, unless the code runs out before.</summary>
    public static readonly TimeSpan FirstWait = TimeSpan.FromMinutes(10);

    /// <summary>The longest wait but for the last.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>How many in a row there may be.</summary>
    public const int MaxInARow = 100;

    /// <summary>Without any for so long, they are forgotten.</summary>
    public static readonly TimeSpan ForgottenAfter = TimeSpan.FromDays(7);

    /// <summary>The wait after so many in a row.</summary>
    public static TimeSpan WaitAfter(int failed)
    {
        if (failed >= MaxInARow)
        {
            return ForgottenAfter;
        }

        var times = failed / VerificationLimits.MaxChecks;
        if (times == 0)
        {
            return TimeSpan.Zero;
        }

        var wait = FirstWait * (1L << (times - 1));
        return wait < LongestWait ? wait : LongestWait;
    }

    /// <summary>Guesses that a verification has from first to last: five, or what is left of a hundred in a row; 1 to 5.</summary>
    public static int GuessesOf(Verification verification)
    {
        var before = verification.Details.IsReserved ? verification.Details.KnownFailedBefore : verification.Details.FailedBefore;
        return Math.Clamp(MaxInARow - before, 1, VerificationLimits.MaxChecks);
    }

    /// <summary>When the destination of a verification that ended may have another; long ago for at once, whatever the clock says. From the known network, what that has guessed wrong counts alone.</summary>
    public static DateTimeOffset WaitUntil(Verification ended, bool fromKnownNetwork = false)
    {
        var failed = fromKnownNetwork ? KnownInARow(ended) : InARow(ended);
        if (failed < VerificationLimits.MaxChecks)
        {
            return DateTimeOffset.UnixEpoch;
        }

        // The first wait is over when the code would have run out.
        var until = ended.UpdatedAt + WaitAfter(failed);
        return failed < 2 * VerificationLimits.MaxChecks && until > ended.ExpiresAt ? ended.ExpiresAt : until;
    }

    /// <summary>Whether wrong guesses came before a verification, so that its destination is to be remembered beyond its end.</summary>
    public static bool IsGuessedAt(Verification live) => live.Details.FailedBefore + live.Details.KnownFailedBefore > 0;

    /// <summary>Until when a verification, or its wrong guesses, decide about its destination.</summary>
    public static DateTimeOffset RememberUntil(Verification verification) =>
        (verification.Status == VerificationStatus.Approved ? InARow(verification) : verification.Checks + verification.Details.FailedBefore + verification.Details.KnownFailedBefore) > 0
            && verification.UpdatedAt + ForgottenAfter is var forgotten && forgotten > verification.ExpiresAt
            ? forgotten : verification.ExpiresAt;

    /// <summary>What the next verification of a destination remembers of those before it.</summary>
    public static VerificationDetails Carry(Verification? ended, VerificationDetails next, bool reserved, DateTimeOffset now)
    {
        if (ended is null || next.IsTest)
        {
            return next;
        }

        var network = ended.Status == VerificationStatus.Approved ? NetworkOf(ended.Details.DeviceIp) ?? ended.Details.KnownNetwork : ended.Details.KnownNetwork;
        var forgotten = now - ended.UpdatedAt >= ForgottenAfter;
        var (failed, known) = forgotten ? (0, 0) : (InARow(ended), KnownInARow(ended));
        return failed == 0 && known == 0 && network is null && !reserved
            ? next
            : next with { FailedBefore = failed, KnownFailedBefore = known, KnownNetwork = network, IsReserved = reserved };
    }

    /// <summary>
    /// What a resend keeps of the verification that it sends again. Where it was asked for from several networks or devices, nobody knows which of them the code is typed in: then it
    /// is from none, or somebody else's would become the person's.
    /// </summary>
    public static VerificationDetails Keep(Verification pending, VerificationDetails next)
    {
        if (next.DeviceIp is not null && NetworkOf(next.DeviceIp) != NetworkOf(pending.Details.DeviceIp))
        {
            next = next with { DeviceIp = null };
        }

        if (next.Risk is { Device: not 0 } risk && risk.Device != pending.Details.Risk?.Device)
        {
            next = next with { Risk = risk with { Device = 0 } };
        }

        return pending.Details is { FailedBefore: 0, KnownFailedBefore: 0, KnownNetwork: null } ? next : next with
        {
            FailedBefore = pending.Details.FailedBefore,
            KnownFailedBefore = pending.Details.KnownFailedBefore,
            KnownNetwork = pending.Details.KnownNetwork,
            IsReserved = pending.Details.IsReserved,
        };
    }

    /// <summary>Whether a device is in the network that the destination was last approved from, before a verification that was not.</summary>
    public static bool IsKnown(Verification before, string? deviceIp) => NetworkOf(deviceIp) is { } network && network == before.Details.KnownNetwork;

    /// <summary>The network of an address: the first 24 bits of IPv4, the first 48 of IPv6.</summary>
    public static string? NetworkOf(string? deviceIp) => IpAddress.TryParse(deviceIp, out var address) ? address.ToString() : null;

    static int InARow(Verification ended)
    {
        var here = ended.Details.IsReserved ? 0 : ended.Checks;
        return ended.Status != VerificationStatus.Approved ? ended.Details.FailedBefore + here : IsApprovedAtHome(ended) ? (ended.Details.FailedBefore + Math.Max(0, here - 1)) / 2 : 0;
    }

    static int KnownInARow(Verification ended) =>
        ended.Status == VerificationStatus.Approved ? 0 : ended.Details.KnownFailedBefore + (ended.Details.IsReserved ? ended.Checks : 0);

    /// <summary>Where it is not known where the code was typed, it counts as home: half is forgotten then, and not all.</summary>
    static bool IsApprovedAtHome(Verification approved) =>
        approved.Details.KnownNetwork is { } home && (approved.Details.IsReserved || (NetworkOf(approved.Details.DeviceIp) ?? home) == home);
}
