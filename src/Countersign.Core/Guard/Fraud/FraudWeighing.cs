using static Countersign.Core.Guard.Fraud.FraudRules;

namespace Countersign.Core.Guard.Fraud;

/// <summary>How much the counts of a start's places speak for fraud, part by part. Pure: <see cref="FraudMemory"/> has the counts.</summary>
static class FraudWeighing
{
    // Of the threshold, what has to come from codes of this place or network.
    const float LeastEvidence = 1.5f;

    // What a person who is turned away costs an application, in millionths of a US dollar: an estimate. A range is left alone where its people are too large a part of
    // those who ask there for that, by the price of a message.
    const float PersonMicros = 2_000_000;

    // A part of those who ask that is worth turning away, at the least.
    const float LeastPeople = 0.05f;

    // Somebody's own device: one code that did not come, or a number mistyped, is nothing special.
    const float OneUnanswered = 1;

    // Of people's sends, about, the part that is answered.
    const float TypicalShare = 0.7f;

    // Sends that outweigh a first guess.
    const float GuessWeight = 20;

    // A range is younger than its people's habits: until then its traffic may be the attack alone.
    public const float HabitSeconds = 12 * 3600;

    // Unanswered numbers of one block within half an hour that are nothing special, in a block of 100, 1,000 and 10,000.
    static readonly float[] UsualOpen = [1, 1.5f, 3];
    static readonly float[] ShareOfWidest = [1e-4f, 1e-3f, 1e-2f];

    // The same over days.
    static readonly float[] UsualCluster = [0.25f, 0.35f, 0.5f];

    // A fifth of what a code says that is not typed back.
    const float LeastSuspicion = 0.2f;

    public static void WeighPlaces(ref FraudScore score, CountryPrior prior, uint now, float threshold)
    {
        // Answers in a young range may be bought. They count where the service itself is young, and most of its people are in this country.
        var settled = (now - score.Country.Since) / 16f < HabitSeconds && score.Country.Approved > 0.1f * score.Service.Approved ? 1f : 0;
        var mostPeople = Math.Clamp(prior.PriceMicros / PersonMicros, LeastPeople, 0.15f);
        var most = 0f;
        for (var level = 0; level < FraudKeys.Prefixes; level++)
        {
            var own = score.Prefixes[level].Suspicion - Extra(level, score.Familiar) - Bystanders(score.Prefixes[level], now, HabitSeconds, mostPeople, settled);
            if (own > most)
            {
                (most, score.Worst) = (own, level);
            }

            if (score.Hot < 0 && own >= threshold / 2)
            {
                score.Hot = level;
            }
        }

        var country = OfStrays(score.IsFresh ? score.Fresh : Together(score.Strays, score.Fresh), score, now, mostPeople, settled);
        if (score.Prefixes[FreshLevel].Suspicion > LeastSuspicion)
        {
            // One code of this block itself was not typed back, and so it is in block after block of other countries.
            country = Math.Max(country, OfStrays(score.Everywhere, score, now, mostPeople, settled));
        }

        if (score.Hot < 0 && country >= threshold / 2)
        {
            score.Hot = CountryLevel;
        }

        score.Worst = country > most ? CountryLevel : score.Worst;
        score.Parts[(int)(country > most ? FraudReason.Country : FraudReason.Prefix)] = Math.Max(country, most);
    }

    /// <summary>First starts that fail speak against further ones too. The people among the first, who are spared there, do not speak for the others.</summary>
    static FraudCell Together(FraudCell further, in FraudCell first)
    {
        further.Evidence += Math.Max(0, first.Evidence);
        further.Doubt += Math.Max(0, first.Doubt);
        further.Since = further.Key == 0 ? first.Since : Math.Min(further.Since, first.Since);
        return further;
    }

    /// <summary>What speaks against the ranges of a country in which the service has no people. The others are judged by their own codes.</summary>
    static float OfStrays(in FraudCell cell, in FraudScore score, uint now, float mostPeople, float settled)
    {
        var own = cell.Suspicion - Extra(CountryLevel, score.Familiar) - Bystanders(cell, now, leastAge: 3600, mostPeople, settled, StraySeconds);
        return own > 0 ? own * score.Stray : own;
    }

    /// <summary>
    /// Where unanswered numbers lie: over days, more in one block than the range around it explains. People are spread over their ranges, pumped numbers over the blocks that
    /// their seller has. The log-likelihood ratio of a Poisson count; unlike <see cref="WeighAdjacent"/> it only adds.
    /// </summary>
    public static void WeighCluster(ref FraudScore score)
    {
        var (million, hundredThousand) = (UnansweredOf(score.Prefixes[4]), UnansweredOf(score.Prefixes[3]));
        var most = 0f;
        for (var level = 0; level < UsualCluster.Length; level++)
        {
            ref var cell = ref score.Prefixes[level];
            var own = UnansweredOf(cell);
            var around = Math.Max(Math.Max(0, million - own), 10 * Math.Max(0, hundredThousand - own));
            var usual = UsualCluster[level] + (2 * around * ShareOfWidest[level]) + (0.7f * cell.Approved);
            most = Math.Max(most, own > usual ? (own * MathF.Log(own / usual)) - (own - usual) : 0);
        }

        score.Parts[(int)FraudReason.Cluster] = Math.Min(most, 5);
    }

    static float UnansweredOf(in FraudCell cell) => Math.Max(0, cell.Sends - cell.Young - cell.Approved);

    /// <summary>Unanswered numbers in a block against what its surroundings explain: the log-likelihood ratio of a Poisson count.</summary>
    public static void WeighAdjacent(ref FraudScore score)
    {
        var around = score.Prefixes[FraudKeys.Prefixes - 1].Fast;
        var most = 0f;
        for (var level = 0; level < UsualOpen.Length; level++)
        {
            ref var cell = ref score.Prefixes[level];
            // Blocks are not filled evenly: four times the mean is usual. Three times its own long-run rate is, too.
            var usual = UsualOpen[level] + (4 * around * ShareOfWidest[level]) + (3 * cell.Sends * (FraudCell.FastSeconds / FraudCell.SlowSeconds));
            var own = cell.Open > usual ? (cell.Open * MathF.Log(cell.Open / usual)) - (cell.Open - usual) : 0;
            if (own > most)
            {
                most = own;
                if (own >= 4.5f && (score.Hot < 0 || level < score.Hot))
                {
                    score.Hot = level;
                }
            }
        }

        // The same codes would count twice: the stronger of the two speaks.
        var place = Math.Max(score.Parts[(int)FraudReason.Prefix], score.Parts[(int)FraudReason.Country]);
        if (most > place)
        {
            score.Parts[(int)FraudReason.Prefix] = score.Parts[(int)FraudReason.Country] = 0;
            score.Parts[(int)FraudReason.Adjacent] = Math.Min(most, 12);
        }
    }

    /// <summary>Where a country's people are known, a range of a hundred thousand or a million numbers without any of them is remarkable.</summary>
    public static void WeighRange(ref FraudScore score)
    {
        var known = Math.Min(2.5f, MathF.Log(1 + (score.Country.Approved / 50)));
        var inMillion = known * 2 / (score.Prefixes[4].Approved + 2);
        // Of ten ranges each, were people spread evenly; believed by half, since they are not.
        var inHundredThousand = 0.5f * MathF.Log((score.Prefixes[4].Approved + 10) / (10 * (score.Prefixes[3].Approved + 1)));
        var inTenThousand = 0.5f * MathF.Log((score.Prefixes[3].Approved + 10) / (10 * (score.Prefixes[2].Approved + 1)));
        score.Parts[(int)FraudReason.Range] = Math.Min(3, inMillion + Math.Max(0, inHundredThousand) + Math.Max(0, inTenThousand));
    }

    /// <summary>What is not about codes of this very place only adds: by itself it refuses nothing.</summary>
    public static void BoundPriors(ref FraudScore score, float threshold)
    {
        var sum = 0f;
        for (var reason = FraudReason.Cluster; reason <= FraudReason.Service; reason++)
        {
            sum += score.Parts[(int)reason];
        }

        var most = threshold - LeastEvidence;
        for (var reason = FraudReason.Cluster; sum > most && reason <= FraudReason.Service; reason++)
        {
            score.Parts[(int)reason] *= most / sum;
        }
    }

    /// <summary>More in the service than at this hour of other days, and most of what is unanswered in one country.</summary>
    public static float Burst(in FraudScore score, in FraudCell hour, uint now)
    {
        var service = score.Service;
        var age = (now - hour.Since) / 16f;
        if (hour.Key == 0 || age < 24 * 3600 || service.Open < 10)
        {
            return 0;
        }

        var days = FraudCell.SlowSeconds * (1 - MathF.Exp(-age / FraudCell.SlowSeconds)) / (24 * 3600);
        var usual = (hour.Sends / days / 2) + 5;
        var share = score.Country.Open / service.Open;
        var usualShare = score.Country.Sends / Math.Max(1, service.Sends);
        return Math.Clamp(0.7f * (MathF.Log2(Math.Max(1, service.Fast / usual)) - 1), 0, 2) * Math.Clamp((share - (1.5f * usualShare)) * 2, 0, 1);
    }

    /// <summary>What speaks against a device. A fingerprint may be that of all phones of a model: then its people take off what they do in a range.</summary>
    public static float OfDevice(in FraudCell cell, uint now) => Math.Max(0, cell.Suspicion - OneUnanswered - Bystanders(cell, now, HabitSeconds, LeastPeople, settled: 0));

    /// <summary>Log-odds that the people in a range take off: none where they are few among those who ask there now.</summary>
    static float Bystanders(in FraudCell cell, uint now, float leastAge, float mostPeople, float settled, float countSeconds = FraudCell.SlowSeconds)
    {
        var age = (now - cell.Since) / 16f;
        // Answers tell people from fraud.
        var answered = age < leastAge ? cell.Approved * settled : cell.Approved;
        var usualPerHour = answered / TypicalShare * 3600 / (countSeconds * (1 - MathF.Exp(-Math.Max(3600, age) / countSeconds)));
        var share = usualPerHour / Math.Max(1, (cell.Fast * 2) + cell.Refused);
        return share > mostPeople ? 5 * MathF.Log(Math.Min(1, share) / mostPeople) : 0;
    }

    /// <summary>
    /// What people of a country do, by those outside the range in question and by the service's other countries: so that an attack that types codes back is never the measure
    /// that it is held against. A country is not believed to be much worse than the others.
    /// </summary>
    public static FraudOdds OddsFor(in FraudScore score, in FraudCell range)
    {
        var elsewhere = ShareOf(score.Service.Approved - score.Country.Approved, score.Service.Sends - score.Country.Sends, TypicalShare);
        var around = ShareOf(score.Country.Approved - range.Approved, score.Country.Sends - range.Sends, 0.9f * elsewhere);
        return FraudOdds.Of(MathF.Max(around, 0.75f * elsewhere));
    }

    static float ShareOf(float answered, float sent, float guess) =>
        (MathF.Max(0, answered) + (guess * GuessWeight)) / (MathF.Max(MathF.Max(0, answered), sent) + GuessWeight);

    /// <summary>Codes typed back make a country familiar.</summary>
    public static float FamiliarityOf(in FraudCell country) =>
        country.Approved / (country.Approved + 8);

    public static float StraynessOf(in FraudCell range) => 2 / (range.Approved + 2);
}
