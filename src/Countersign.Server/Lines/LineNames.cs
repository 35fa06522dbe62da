using Countersign.Core.Guard.Lines;
using Countersign.Core.Numbers;

namespace Countersign.Server.Lines;

/// <summary>Types of lines as a table or another server writes them: our names, and Twilio's of Lookup v2.</summary>
static class LineNames
{
    static readonly (string Name, LineType Type)[] Twilio =
    [
        ("landline", LineType.FixedLine),
        ("fixedVoip", LineType.FixedVoip),
        ("nonFixedVoip", LineType.Voip),
        ("tollFree", LineType.TollFree),
        ("premium", LineType.PremiumRate),
        ("sharedCost", LineType.SharedCost),
        ("personal", LineType.PersonalNumber),
    ];

    /// <summary>All names, for a person who wrote another one.</summary>
    public static string All => string.Join(", ", LineTypes.Names.Select(static pair => pair.Name).Concat(Twilio.Select(static pair => pair.Name)));

    /// <summary>Reads a name, in whatever case. False for one that nobody has.</summary>
    public static bool TryRead(string name, out LineType type)
    {
        foreach (var (known, named) in LineTypes.Names.Concat(Twilio))
        {
            if (known.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                type = named;
                return true;
            }
        }

        type = LineType.Unknown;
        return name.Equals("unknown", StringComparison.OrdinalIgnoreCase);
    }
}
