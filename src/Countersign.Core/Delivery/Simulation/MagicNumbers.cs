using Countersign.Core.Delivery.Errors;

namespace Countersign.Core.Delivery.Simulation;

/// <summary>
/// Numbers that provoke one outcome each, by their last two digits: those of <see cref="DeliveryError"/> provoke that error, 00 is delivered with a receipt, 99 is lost
/// without one, and the rest are numbers like any other. A range with a prefix of its own is a prefix with exactly two digits behind it.
/// </summary>
public sealed class MagicNumbers
{
    /// <summary>Two digits behind it: the error is the carrier's refusal. +1 981 555 01xx is kept for fiction, and 981 is no area code that anybody has.</summary>
    public const string RefusedPrefix = "+198155501";

    /// <summary>Two digits behind it: the message is taken, and the error comes by receipt.</summary>
    public const string UndeliveredPrefix = "+198255501";

    const int Lost = 99;

    static readonly DeliveryError?[] ByDigits = [.. Enumerable.Range(0, 100).Select(digits => Enum.IsDefined((DeliveryError)digits) ? (DeliveryError?)digits : null)];

    readonly (string Prefix, bool Refused)[] _ranges;
    readonly Dictionary<string, DeliveryError> _single;

    /// <summary>The fixed two ranges, and others.</summary>
    /// <param name="others">Prefixes that stand before two digits, each with whether its errors are refusals; without, they are receipts.</param>
    /// <param name="refused">Single numbers that are refused for a reason.</param>
    public MagicNumbers(IEnumerable<(string Prefix, bool Refused)> others, IReadOnlyDictionary<string, DeliveryError>? refused = null)
    {
        _ranges = [(RefusedPrefix, true), (UndeliveredPrefix, false), .. others];
        _single = refused?.ToDictionary() ?? [];
    }

    /// <summary>The two ranges alone.</summary>
    public static MagicNumbers Fictional { get; } = new([]);

    /// <summary>Whether a number is in one of the two fixed ranges. Does not allocate.</summary>
    public static bool IsFictional(string to) =>
        to.Length == RefusedPrefix.Length + 2 && (to.StartsWith(RefusedPrefix, StringComparison.Ordinal) || to.StartsWith(UndeliveredPrefix, StringComparison.Ordinal));

    /// <summary>What a destination provokes; null when it is like any other.</summary>
    public MagicOutcome? Find(string to)
    {
        if (_single.TryGetValue(to, out var error))
        {
            return new MagicOutcome.Refused(error);
        }

        foreach (var (prefix, refused) in _ranges)
        {
            if (to.Length == prefix.Length + 2 && to.StartsWith(prefix, StringComparison.Ordinal) && char.IsAsciiDigit(to[^2]) && char.IsAsciiDigit(to[^1]))
            {
                return Of(((to[^2] - '0') * 10) + (to[^1] - '0'), refused);
            }
        }

        return null;
    }

    static MagicOutcome? Of(int digits, bool refused) => digits switch
    {
        0 => MagicOutcome.Delivered,
        Lost => MagicOutcome.Lost,
        _ when ByDigits[digits] is { } error => refused ? new MagicOutcome.Refused(error) : new MagicOutcome.Undelivered(error),
        _ => null,
    };
}

/// <summary>What becomes of a message to a magic number.</summary>
public abstract record MagicOutcome
{
    /// <summary>The carrier does not take it.</summary>
    public sealed record Refused(DeliveryError Error) : MagicOutcome;

    /// <summary>The carrier takes it, and says later that it did not arrive.</summary>
    public sealed record Undelivered(DeliveryError Error) : MagicOutcome;

    sealed record Fixed(string Name) : MagicOutcome;

    /// <summary>It arrives, and a receipt says so.</summary>
    public static MagicOutcome Delivered { get; } = new Fixed("delivered");

    /// <summary>The carrier takes it, and nothing follows.</summary>
    public static MagicOutcome Lost { get; } = new Fixed("lost");

    MagicOutcome()
    {
    }
}
