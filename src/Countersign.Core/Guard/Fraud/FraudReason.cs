namespace Countersign.Core.Guard.Fraud;

/// <summary>What speaks for fraud, in the order of a score's parts.</summary>
enum FraudReason
{
    /// <summary>Codes sent to the number's prefix are not typed back.</summary>
    Prefix,

    /// <summary>Many numbers side by side in a short time.</summary>
    Adjacent,

    /// <summary>Codes sent to the whole country are not typed back.</summary>
    Country,

    /// <summary>Codes asked for from the device's network are not typed back.</summary>
    Network,

    /// <summary>Codes asked for from the device itself are not typed back.</summary>
    Device,

    /// <summary>Over days, more unanswered numbers in one block than around it.</summary>
    Cluster,

    /// <summary>No code of the service was ever typed back in this country.</summary>
    FirstSeen,

    /// <summary>No code was ever typed back in this range of a country whose people are known.</summary>
    Range,

    /// <summary>A message to the country is dear.</summary>
    Price,

    /// <summary>Many more unanswered codes in the country than the service's rhythm explains.</summary>
    Burst,

    /// <summary>In the whole service fewer codes than usual are typed back.</summary>
    Service,
}

static class FraudReasons
{
    public const int Count = (int)FraudReason.Service + 1;

    /// <summary>The name that callers see in <c>details.reason</c>.</summary>
    public static string Name(FraudReason reason) => reason switch
    {
        FraudReason.Prefix => "prefix_not_converting",
        FraudReason.Adjacent => "adjacent_numbers",
        FraudReason.Country => "country_not_converting",
        FraudReason.Network => "network_not_converting",
        FraudReason.Device => "device_not_converting",
        FraudReason.Cluster => "unanswered_cluster",
        FraudReason.FirstSeen => "country_first_seen",
        FraudReason.Range => "range_first_seen",
        FraudReason.Price => "expensive_destination",
        FraudReason.Burst => "unusual_burst",
        FraudReason.Service => "service_not_converting",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    public static string Explain(FraudReason reason) => reason switch
    {
        FraudReason.Prefix => "Codes sent to numbers like this one are not typed back.",
        FraudReason.Adjacent => "Codes were asked for many numbers beside this one in a short time.",
        FraudReason.Country => "Codes sent to ranges in which the service has nobody, in this country or in several, are not typed back.",
        FraudReason.Network => "Codes asked for from this device's network are not typed back.",
        FraudReason.Device => "Codes asked for from this device are not typed back.",
        FraudReason.Cluster => "More codes sent to this block of numbers are not typed back than around it.",
        _ => "The start looks like pumped traffic.",
    };
}
