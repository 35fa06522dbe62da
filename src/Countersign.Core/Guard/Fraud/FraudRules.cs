namespace Countersign.Core.Guard.Fraud;

/// <summary>How long each kind of place is remembered, how much evidence it needs, and how much of it is kept.</summary>
static class FraudRules
{
    /// <summary>The level behind the prefixes: a country's ranges without people.</summary>
    public const int CountryLevel = FraudKeys.Prefixes;

    public const float PrefixSeconds = 12 * 3600;
    public const float BlockSeconds = 24 * 3600;
    public const float StraySeconds = 24 * 3600;
    public const float NetworkSeconds = 6 * 3600;

    // Evidence that is kept above what a block needs: it lifts by decay alone some two hours after what it stops has ended.
    public const float Overshoot = 1.5f;

    /// <summary>Under the score that refuses, so far begins what a service that asks for work asks it for.</summary>
    public const float Doubt = 4f;

    /// <summary>A part of a score that is worth a word.</summary>
    public const float Noticeable = 0.5f;

    // Wider ranges hold more people who would be refused together: they need more. In a country without people they do not.
    static readonly float[] WiderNeeds = [0, 0, 0.5f, 1.5f, 3, 2];

    /// <summary>Blocks of ten thousand, the widest there are.</summary>
    public const int FreshLevel = 2;

    /// <summary>Ranges of a hundred thousand, the narrowest.</summary>
    public const int StrayLevel = 3;

    /// <summary>
    /// Whether a little work may be asked for: near enough to a refusal, and by codes that were not typed back. What is known beforehand reaches as far by itself, and would ask every stranger. Not beyond
    /// it: what goes out there is a probe, and one that came again with its solution would hardly be chosen again.
    /// </summary>
    public static bool IsDoubtful(in FraudScore score, float threshold) =>
        score.Total >= threshold - Doubt && score.Total < threshold
        && score.Parts[(int)FraudReason.Prefix] + score.Parts[(int)FraudReason.Country] + score.Parts[(int)FraudReason.Network] + score.Parts[(int)FraudReason.Device] + score.Parts[(int)FraudReason.Adjacent] + score.Parts[(int)FraudReason.Cluster] >= Noticeable;

    /// <summary>How much work: each point doubles it.</summary>
    public static int EffortOf(in FraudScore score, float threshold) => Math.Max(0, (int)(score.Total - (threshold - Doubt)));

    /// <summary>Of a prefix. What is known of the country beforehand is part of a block: the less evidence it needs, the less is kept.</summary>
    public static FraudRule Rule(int level, in FraudScore score, float threshold)
    {
        var prior = score.Parts[(int)FraudReason.FirstSeen] + score.Parts[(int)FraudReason.Price] + (score.Parts[(int)FraudReason.Service] / 2);
        if (level <= FreshLevel)
        {
            prior += score.Parts[(int)FraudReason.Range] + score.Parts[(int)FraudReason.Cluster];
            return new(BlockSeconds, Math.Max(2, threshold - prior) + Extra(level, score.Familiar) + 1, score.Odds);
        }

        return new(PrefixSeconds, Math.Max(3, threshold - prior) + Extra(level, score.Familiar) + Overshoot, score.Odds);
    }

    /// <summary>Of ranges without people. A range is new only once: what was sent to strays when the service was young says little about how many there are now.</summary>
    public static FraudRule StrayRule(in FraudScore score, float threshold) => Rule(CountryLevel, score, threshold) with { CountSeconds = StraySeconds };

    /// <summary>Of a country, a service and an hour.</summary>
    public static FraudRule WideRule(float threshold) => new(PrefixSeconds, threshold + WiderNeeds[CountryLevel] + Overshoot, default);

    /// <summary>Of an address, the network around it, and a device.</summary>
    public static FraudRule NetworkRule(in FraudScore score, float threshold) => new(NetworkSeconds, (threshold / 0.7f) + 4, score.Odds);

    /// <summary>What a wider range needs more, in a country whose people are known.</summary>
    public static float Extra(int level, float familiar) => WiderNeeds[level] * familiar;

    /// <summary>Seconds until the evidence has faded enough by itself, if nothing more comes.</summary>
    public static float SecondsUntilBelow(in FraudScore score, float threshold)
    {
        var over = score.Total - threshold;
        var evidence = Math.Max(score.Parts[(int)score.Strongest], over + 0.01f);
        var memory = score.Strongest switch
        {
            FraudReason.Adjacent => FraudCell.FastSeconds,
            FraudReason.Network or FraudReason.Device => NetworkSeconds,
            FraudReason.Prefix when score.Hot is >= 0 and <= FreshLevel => BlockSeconds,
            _ => PrefixSeconds,
        };
        return memory * MathF.Log(evidence / Math.Max(0.01f, evidence - over));
    }
}
