using Countersign.Core.Numbers;
using Countersign.Core.Verifications;

namespace Countersign.Core.Guard.Challenges;

/// <summary>
/// Numbers for fiction that are always asked to work first, so that an application can be tried against it without being suspect: +1 981 555 0190 to 0196, whose last digit is the
/// effort. They go to the virtual phones like all of that range.
/// </summary>
public sealed class PracticeChallenges(IChallengeGate gate) : IGuardStage
{
    /// <summary>One digit behind it, 0 to 6.</summary>
    public const string Prefix = "+1981555019";

    /// <inheritdoc/>
    public int Order => 60;

    /// <inheritdoc/>
    public GuardRefusal? Judge(StartFacts start, DateTimeOffset now) =>
        !start.IsTest && start.To is PhoneNumber number && EffortOf(number.Reveal()) is { } effort ? gate.Ask(start, effort, "practice_number", now) : null;

    /// <inheritdoc/>
    public void Settle(StartFacts start, bool sent, DateTimeOffset now)
    {
    }

    /// <inheritdoc/>
    public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
    {
    }

    /// <summary>Whether a destination is one of them.</summary>
    internal static bool Has(Destination to) => to is PhoneNumber number && EffortOf(number.Reveal()) is not null;

    static int? EffortOf(string number) =>
        number.Length == Prefix.Length + 1 && number.StartsWith(Prefix, StringComparison.Ordinal) && number[^1] - (int)'0' is >= 0 and <= Challenge.MaxEffort and var effort
            ? effort
            : null;
}
