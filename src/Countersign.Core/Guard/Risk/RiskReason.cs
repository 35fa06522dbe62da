namespace Countersign.Core.Guard.Risk;

/// <summary>What speaks against a start, each found or not found. Kept with the verification by number: add, never renumber.</summary>
[Flags]
public enum RiskReason
{
    None = 0,

    /// <summary>The device's fingerprint was not among those that the number was approved with.</summary>
    NewDevice = 1,

    /// <summary>The device's network was not among those that the number was approved from.</summary>
    NewNetwork = 1 << 1,

    /// <summary>The device is in another country than at the last approval.</summary>
    NewCountry = 1 << 2,

    /// <summary>Nobody travels that far in the time since the last approval.</summary>
    ImpossibleTravel = 1 << 3,

    /// <summary>The device is in another country than the number.</summary>
    CountryMismatch = 1 << 4,

    /// <summary>The device's address belongs to a data centre, not to a provider of homes or phones.</summary>
    HostingNetwork = 1 << 5,

    /// <summary>The user agent is that of a script or of a driven browser.</summary>
    AutomatedClient = 1 << 6,

    /// <summary>The account is less than a day old.</summary>
    NewAccount = 1 << 7,

    /// <summary>The account had another number before.</summary>
    NumberChanged = 1 << 8,

    /// <summary>The account had another number before, and that was approved here within 30 days.</summary>
    NumberChangedLately = 1 << 9,

    /// <summary>A number of a provider of internet telephony, as anybody rents by the dozen.</summary>
    Voip = 1 << 10,

    /// <summary>One to five at night where the person is. Counts only beside another reason.</summary>
    UnusualHour = 1 << 11,
}

/// <summary>The one table: what each reason is called, and what it weighs.</summary>
public static class RiskReasons
{
    /// <summary>A reason, its stable name, and its points: the score of a start against which nothing else speaks.</summary>
    public static IReadOnlyList<(RiskReason Reason, string Name, int Points)> All => Table;

    static readonly (RiskReason Reason, string Name, int Points)[] Table =
    [
        (RiskReason.NewDevice, "new_device", 20),
        (RiskReason.NewNetwork, "new_network", 8),
        (RiskReason.NewCountry, "new_country", 15),
        (RiskReason.ImpossibleTravel, "impossible_travel", 20),
        (RiskReason.CountryMismatch, "country_mismatch", 10),
        (RiskReason.HostingNetwork, "hosting_network", 25),
        (RiskReason.AutomatedClient, "automated_client", 40),
        (RiskReason.NewAccount, "new_account", 8),
        (RiskReason.NumberChanged, "number_changed", 10),
        (RiskReason.NumberChangedLately, "number_changed_lately", 35),
        (RiskReason.Voip, "voip", 25),
        (RiskReason.UnusualHour, "unusual_hour", 5),
    ];

    internal static ReadOnlySpan<(RiskReason Reason, string Name, int Points)> Rows => Table;

    /// <summary>The names of what was found, in the order of the table.</summary>
    public static IReadOnlyList<string> NamesOf(RiskReason found)
    {
        if (found == RiskReason.None)
        {
            return [];
        }

        var names = new List<string>();
        foreach (var (reason, name, _) in Table)
        {
            if (found.HasFlag(reason))
            {
                names.Add(name);
            }
        }

        return names;
    }
}
