using Countersign.Core.Lookups;
using Countersign.Core.Numbers;

namespace Countersign.Core.Guard.Lines;

/// <summary>The names of line types in settings and answers, and those that nothing is sent to unless a service says otherwise.</summary>
public static class LineTypes
{
    /// <summary>Lines that cannot take a code, or that the sender pays dearly for.</summary>
    public static IReadOnlyList<LineType> DeniedByDefault { get; } = [LineType.PremiumRate, LineType.SharedCost, LineType.Uan, LineType.Pager, LineType.Voicemail];

    /// <summary>Every type that a service can refuse, by its name.</summary>
    public static IReadOnlyList<(string Name, LineType Type)> Names { get; } =
    [
        ("mobile", LineType.Mobile),
        ("fixed_line", LineType.FixedLine),
        ("fixed_line_or_mobile", LineType.FixedLineOrMobile),
        ("voip", LineType.Voip),
        ("toll_free", LineType.TollFree),
        ("premium_rate", LineType.PremiumRate),
        ("shared_cost", LineType.SharedCost),
        ("personal_number", LineType.PersonalNumber),
        ("pager", LineType.Pager),
        ("uan", LineType.Uan),
        ("voicemail", LineType.Voicemail),
    ];

    /// <summary>The type that settings know a line by: they do not ask whether internet telephony is bound to a place.</summary>
    public static LineType AsRefused(LineType type) => type == LineType.FixedVoip ? LineType.Voip : type;

    /// <summary>The type of a number's line as settings know it: by the operator's table where it tells, else by the public numbering plans.</summary>
    public static LineType Of(PhoneNumber number, ILineTable table) =>
        table.Find(number) is { Type: not LineType.Unknown and var told } ? AsRefused(told) : number.Type;

    /// <summary>Lower case with underscores; <c>unknown</c> where the plan does not tell.</summary>
    public static string NameOf(LineType type)
    {
        foreach (var (name, named) in Names)
        {
            if (named == AsRefused(type))
            {
                return name;
            }
        }

        return "unknown";
    }
}
