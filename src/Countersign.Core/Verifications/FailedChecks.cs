using Countersign.Core.Numbers;

namespace Countersign.Core.Verifications;

/// <summary>
/// Wrong guesses in a row about one destination, over all its verifications: a new code does not buy new guesses. Each five double the wait before the next verification, and
/// the hundredth (NIST SP 800-63B-4, 3.2.2) makes it a week. A right guess forgets them, unless a mailbox had the code too, but no more than <see cref="MaxForgiven"/> a day however often it comes, or a person who signs in
/// often would give whoever guesses a new beginning each time; and a week without any forgets all. Guesses from the network that the destination was approved from before are
/// counted apart, so that whoever guesses elsewhere does not lock the person out. Pure.
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

    /// <summary>
    /// How many right guesses forget in <see cref="ForgivenWithin"/>, both counts together. A month's guesses are those that were forgotten so, 465 at most, and for each of the two counts what was
    /// left of it or ran out in a week, 200 at most: less than a thousand, so less than one chance in a thousand of six digits.
    /// </summary>
    public const int MaxForgiven = 15;

    /// <summary>The time in which so many can be forgotten again.</summary>
    public static readonly TimeSpan ForgivenWithin = TimeSpan.FromDays(1);

    static readonly TimeSpan EachForgiven = ForgivenWithin / MaxForgiven;

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
        var inARow = InARow(ended);
        var failed = fromKnownNetwork ? inARow.Known : inARow.Others;
        if (failed < VerificationLimits.MaxChecks)
        {
            return DateTimeOffset.UnixEpoch;
        }

        // The first wait is over when the code would have run out.
        var until = ended.UpdatedAt + WaitAfter(failed);
        return failed < 2 * VerificationLimits.MaxChecks && until > ended.ExpiresAt ? ended.ExpiresAt : until;
    }

    /// <summary>Wrong guesses in a row that a destination is to be remembered for beyond the end of its verification, those that were forgotten lately counted as one; 0 for none.</summary>
    public static int GuessedAt(Verification verification)
    {
        var (others, known, forgiven) = InARow(verification);
        return others + known > 0 ? others + known : forgiven is null ? 0 : 1;
    }

    /// <summary>Until when a verification, its wrong guesses, or those that it has forgotten decide about its destination.</summary>
    public static DateTimeOffset RememberUntil(Verification verification)
    {
        var (others, known, forgiven) = InARow(verification);
        var until = others + known > 0 ? verification.UpdatedAt + ForgottenAfter : forgiven ?? verification.ExpiresAt;
        return until > verification.ExpiresAt ? until : verification.ExpiresAt;
    }

    /// <summary>What the next verification of a destination remembers of those before it.</summary>
    public static VerificationDetails Carry(Verification? ended, VerificationDetails next, bool reserved, DateTimeOffset now)
    {
        if (ended is null || next.IsTest)
        {
            return next;
        }

        var network = IsProven(ended) ? NetworkOf(ended.Details.DeviceIp) ?? ended.Details.KnownNetwork : ended.Details.KnownNetwork;
        var (failed, known, forgiven) = now - ended.UpdatedAt >= ForgottenAfter ? (0, 0, null) : InARow(ended);
        forgiven = forgiven > now ? forgiven : null;
        return failed == 0 && known == 0 && forgiven is null && network is null && !reserved
            ? next
            : next with { FailedBefore = failed, KnownFailedBefore = known, ForgivenUntil = forgiven, KnownNetwork = network, IsReserved = reserved };
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

        return pending.Details is { FailedBefore: 0, KnownFailedBefore: 0, ForgivenUntil: null, KnownNetwork: null } ? next : next with
        {
            FailedBefore = pending.Details.FailedBefore,
            KnownFailedBefore = pending.Details.KnownFailedBefore,
            ForgivenUntil = pending.Details.ForgivenUntil,
            KnownNetwork = pending.Details.KnownNetwork,
            IsReserved = pending.Details.IsReserved,
        };
    }

    /// <summary>Whether a device is in the network that the destination was last approved from, before a verification that was not.</summary>
    public static bool IsKnown(Verification before, string? deviceIp) => NetworkOf(deviceIp) is { } network && network == before.Details.KnownNetwork;

    /// <summary>The network of an address: the first 24 bits of IPv4, the first 48 of IPv6.</summary>
    public static string? NetworkOf(string? deviceIp) => IpAddress.TryParse(deviceIp, out var address) ? address.ToString() : null;

    /// <summary>The right code came from whoever has the destination, and not from a mailbox that had it too.</summary>
    static bool IsProven(Verification ended) => ended.Status == VerificationStatus.Approved && !ended.WentToMailbox;

    /// <summary>What is left after a verification: wrong guesses of others and of the known network, and until when those that were forgotten count as such.</summary>
    static (int Others, int Known, DateTimeOffset? Forgiven) InARow(Verification ended)
    {
        var wrong = ended.Status == VerificationStatus.Approved ? Math.Max(0, ended.Checks - 1) : ended.Checks;
        var (others, known, forgiven) = (ended.Details.FailedBefore, ended.Details.KnownFailedBefore, ended.Details.ForgivenUntil);
        (others, known) = ended.Details.IsReserved ? (others, known + wrong) : (others + wrong, known);
        return IsProven(ended) && others + known > 0 ? Forgive(others, known, forgiven, ended.UpdatedAt) : (others, known, forgiven);
    }

    /// <summary>Forgets what a right guess may, each of which moves the moment on by its share of a day. The person's own go first: those from the known network.</summary>
    static (int Others, int Known, DateTimeOffset? Forgiven) Forgive(int others, int known, DateTimeOffset? forgiven, DateTimeOffset now)
    {
        // Never further ahead than a day, so that a clock which was wrong once is put up with for no longer.
        var full = now + ForgivenWithin;
        var from = forgiven is { } before && before > now ? before < full ? before : full : now;
        var most = (int)((full - from) / EachForgiven);
        var fromKnown = Math.Min(known, most);
        var fromOthers = Math.Min(others, most - fromKnown);
        return (others - fromOthers, known - fromKnown, from + ((fromKnown + fromOthers) * EachForgiven));
    }
}
