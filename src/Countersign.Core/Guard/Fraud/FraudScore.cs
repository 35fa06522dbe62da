using System.Runtime.CompilerServices;

namespace Countersign.Core.Guard.Fraud;

/// <summary>How much speaks for fraud, in natural log-odds, by reason; and the cells that say so, as they were at that moment.</summary>
struct FraudScore
{
    public FraudParts Parts;

    public FraudPrefixCells Prefixes;

    public FraudCell Country;

    public FraudCell Service;

    /// <summary>The country's ranges without people, together, but for <see cref="Fresh"/>.</summary>
    public FraudCell Strays;

    /// <summary>Of those ranges, the first start of each block.</summary>
    public FraudCell Fresh;

    /// <summary><see cref="Strays"/> of all countries; read only where it is needed.</summary>
    public FraudCell Everywhere;

    /// <summary>1 where the service has no people in the number's range, towards 0 where it has many.</summary>
    public float Stray;

    /// <summary>Nothing was sent to the number's block of ten thousand before, but to the number itself.</summary>
    public bool IsFresh;

    /// <summary>What an answer says in this country.</summary>
    public FraudOdds Odds;

    /// <summary>0 where the service has no people in the country, towards 1 where it has many.</summary>
    public float Familiar;

    /// <summary>The narrowest prefix whose own evidence comes near the threshold (0 to 4; 5 is the country); -1 for none.</summary>
    public int Hot;

    /// <summary>The prefix with the most evidence of its own, or the country (5).</summary>
    public int Worst;

    /// <summary>What a good network takes off.</summary>
    public float Trust;

    /// <summary>Starts refused in the last hour for what is hot.</summary>
    public readonly float RefusedLately => Hot < 0 ? 0 : Hot < FraudKeys.Prefixes ? Prefixes[Hot].Refused : IsFresh ? Fresh.Refused : Strays.Refused;

    /// <summary>What is hot are ranges in which nobody answered for a day.</summary>
    public readonly bool IsDeserted => Hot == FraudKeys.Prefixes && !IsFresh && Strays.Approved < 1;

    public readonly float Total
    {
        get
        {
            var total = -Trust;
            for (var i = 0; i < FraudReasons.Count; i++)
            {
                total += Parts[i];
            }

            return total;
        }
    }

    public readonly FraudReason Strongest
    {
        get
        {
            // Where in a prefix its unanswered numbers lie is part of what speaks against the prefix.
            var parts = Parts;
            if (parts[(int)FraudReason.Prefix] > 0)
            {
                parts[(int)FraudReason.Prefix] += parts[(int)FraudReason.Cluster];
                parts[(int)FraudReason.Cluster] = 0;
            }

            var strongest = 0;
            for (var i = 1; i < FraudReasons.Count; i++)
            {
                strongest = parts[i] > parts[strongest] ? i : strongest;
            }

            return (FraudReason)strongest;
        }
    }
}

[InlineArray(FraudReasons.Count)]
struct FraudParts
{
    float _first;
}

[InlineArray(FraudKeys.Prefixes)]
struct FraudPrefixCells
{
    FraudCell _first;
}
