using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Countersign.Core.Delivery.Errors;

/// <summary>
/// Explains why a message did not arrive: by our own name of the error, by Twilio's number, or by a carrier's code. The texts are in <see cref="ErrorEntries"/>,
/// the carriers' codes come from the adapters.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "A dictionary as people know it.")]
public sealed class ErrorDictionary
{
    static readonly FrozenDictionary<DeliveryError, ErrorEntry> ByError = ErrorEntries.All.ToFrozenDictionary(entry => entry.Error);

    static readonly FrozenDictionary<string, ErrorEntry> ByName = ErrorEntries.All.ToFrozenDictionary(entry => entry.Name, StringComparer.OrdinalIgnoreCase);

    // What Twilio has no number for is answered with its number for "unknown": that one alone stands for the unknown error, and other numbers of such an entry for the entry.
    static readonly FrozenDictionary<int, ErrorEntry> ByTwilioCode = ErrorEntries.All
        .SelectMany(entry => entry.OtherTwilioCodes.Prepend(entry.TwilioCode), (entry, code) => (entry, code))
        .Where(pair => pair.code != ErrorEntry.NoTwilioCode || pair.entry.Error == DeliveryError.Unknown)
        .ToFrozenDictionary(pair => pair.code, pair => pair.entry);

    readonly FrozenDictionary<string, FrozenDictionary<string, DeliveryError>> _codes;

    /// <summary>The dictionary with the codes of these kinds of carriers.</summary>
    /// <exception cref="ArgumentException">A kind is there twice.</exception>
    public ErrorDictionary(IEnumerable<ICarrierCodes> carriers) => _codes = carriers.ToFrozenDictionary(
        carrier => carrier.Kind,
        carrier => carrier.Codes.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Every entry, in the order of <see cref="DeliveryError"/>.</summary>
    public static IReadOnlyList<ErrorEntry> All => ErrorEntries.All;

    /// <summary>The kinds of carriers whose codes are known, in alphabetical order.</summary>
    public IEnumerable<string> Kinds => _codes.Keys.Order(StringComparer.Ordinal);

    /// <summary>The entry of an error.</summary>
    public static ErrorEntry Of(DeliveryError error) => ByError[error];

    /// <summary>The entry that a Twilio number means; null for one that the dictionary does not have.</summary>
    public static ErrorEntry? ForTwilio(int code) => ByTwilioCode.GetValueOrDefault(code);

    /// <summary>
    /// The entry for a name (<c>unreachable</c>), a Twilio number (<c>30003</c>) or a carrier's code behind its kind (<c>vonage:9</c>), regardless of case; null for
    /// anything else.
    /// </summary>
    public ErrorEntry? Find(string code)
    {
        var colon = code.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            var (kind, own) = (code[..colon], code[(colon + 1)..]);
            return _codes.TryGetValue(kind, out var codes) && codes.TryGetValue(own, out var error) ? Of(error)
                : kind.Equals("twilio", StringComparison.OrdinalIgnoreCase) ? ForTwilio(NumberOf(own))
                : null;
        }

        return ForTwilio(NumberOf(code)) ?? ByName.GetValueOrDefault(code);
    }

    /// <summary>The codes of every kind of carrier that mean an error: kinds in alphabetical order, without those that have none.</summary>
    public IEnumerable<(string Kind, IReadOnlyList<string> Codes)> CodesOf(DeliveryError error)
    {
        foreach (var kind in Kinds)
        {
            var codes = _codes[kind].Where(pair => pair.Value == error).Select(pair => pair.Key).Order(StringComparer.Ordinal).ToArray();
            if (codes.Length > 0)
            {
                yield return (kind, codes);
            }
        }
    }

    static int NumberOf(string code) => int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
