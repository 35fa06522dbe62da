using Countersign.Core.Numbers;
using static Countersign.Core.Guard.Fraud.FraudRules;

namespace Countersign.Core.Guard.Fraud;

/// <summary>The tables of a node, what is written to them by a start and an answer, and how a start is weighed against them.</summary>
sealed class FraudMemory(FraudOptions options, ulong seed)
{
    // Of the threshold, what has to come from codes of this place or network.
    const float LeastEvidence = 1.5f;

    // What a person who is turned away costs an application, in millionths of a US dollar: an estimate. A range is left alone where its people are too large a part of
    // those who ask there for that, by the price of a message.
    const float PersonMicros = 2_000_000;

    // Of people's sends, about, the part that is answered.
    const float TypicalShare = 0.7f;

    // Sends that outweigh a first guess.
    const float GuessWeight = 20;

    // A range is younger than its people's habits: until then its traffic may be the attack alone.
    const float HabitSeconds = 12 * 3600;

    // Unanswered numbers of one block within half an hour that are nothing special, in a block of 100, 1,000 and 10,000.
    static readonly float[] UsualOpen = [1, 1.5f, 3];
    static readonly float[] ShareOfWidest = [1e-4f, 1e-3f, 1e-2f];

    // About what an unanswered code says, and how far from a refusal starts that were asked to work leave a range.
    const float EvidenceOfAsked = 0.6f;
    const float MarginOfAsked = 2f;

    // The same over days.
    static readonly float[] UsualCluster = [0.25f, 0.35f, 0.5f];

    const float RepeatedWeight = 0.25f;

    // What a number that is asked for three times counts in its block, and two numbers do not.
    const float OneNumber = 1.8f;

    // A range in which two people answered, about, is none without people.
    const float LeastStray = 0.5f;

    // A fifth of what a code says that is not typed back.
    const float LeastSuspicion = 0.2f;

    readonly FraudTable _narrow = new(options.NarrowBits);
    readonly FraudTable _wide = new(options.WideBits);

    public KnownNumbers Numbers { get; } = new(options.NumberBits);

    public long Bytes => _narrow.Bytes + _wide.Bytes + Numbers.Bytes;

    /// <summary>Writes the tables.</summary>
    public void Save(BinaryWriter to)
    {
        _narrow.Save(to);
        _wide.Save(to);
        Numbers.Save(to);
    }

    /// <summary>Takes tables that were written, whose times are counted from so much earlier.</summary>
    public void Load(BinaryReader from, uint earlier)
    {
        _narrow.Load(from, earlier);
        _wide.Load(from, earlier);
        Numbers.Load(from, earlier);
    }

    public FraudKeys KeysOf(Sid service, Numbers.PhoneNumber number, UInt128 destination, IpAddress? device) => new(seed, service, number, destination, device);

    /// <summary>Weighs a start. Changes nothing but letting time pass.</summary>
    public FraudScore Weigh(in FraudKeys keys, string countryCode, uint now, int hour, float threshold)
    {
        var score = new FraudScore { Hot = -1 };
        score.Service = _wide.Read(keys.Service, now, WideRule(threshold));
        score.Country = _wide.Read(keys.Country, now, WideRule(threshold));
        score.Odds = OddsFor(score, _wide.Peek(keys.Prefix(FraudKeys.Prefixes - 1)));
        score.Familiar = FamiliarityOf(score.Country);
        var prior = CountryPriors.Of(countryCode);
        score.Parts[(int)FraudReason.FirstSeen] = (1 - score.Familiar) * prior.Risk;
        score.Parts[(int)FraudReason.Price] = prior.PriceOdds * (1 - (0.7f * score.Familiar));
        score.Parts[(int)FraudReason.Service] = Math.Clamp((score.Service.Suspicion - 3) * 0.6f, 0, 3);
        for (var level = FraudKeys.Prefixes - 1; level >= 0; level--)
        {
            score.Prefixes[level] = TableOf(level).Read(keys.Prefix(level), now, Rule(level, score, threshold));
        }

        score.Stray = StraynessOf(score.Prefixes[StrayLevel]);
        score.IsFresh = IsFirst(score, keys, now);
        score.Strays = _wide.Read(keys.Strays, now, StrayRule(score, threshold));
        score.Fresh = _wide.Read(keys.Fresh, now, StrayRule(score, threshold));
        score.Everywhere = score.IsFresh || score.Stray <= LeastStray ? default : _wide.Read(keys.Everywhere, now, StrayRule(score, threshold));
        WeighRange(ref score);
        WeighCluster(ref score);
        WeighPlaces(ref score, prior, now, threshold);
        WeighAdjacent(ref score);
        WeighNetwork(ref score, keys, now, threshold);
        score.Parts[(int)FraudReason.Burst] = Burst(score, _wide.Read(keys.Hour(hour), now, WideRule(threshold)), now);
        BoundPriors(ref score, threshold);
        return score;
    }

    /// <summary>Counts a send.</summary>
    public void Sent(in FraudKeys keys, in FraudScore score, uint now, int hour, float threshold, Repetition repetition)
    {
        // What was let through although its range is hot (a probe, a number that is known) says nothing about what is around that range.
        var widest = score.Hot >= 0 ? score.Hot : CountryLevel;
        var send = new SendChange(repetition == Repetition.Resend ? RepeatedWeight : 1);
        // One number that is asked for day after day is not many numbers of its block.
        var inBlock = new SendChange(repetition == Repetition.None ? 1 : RepeatedWeight);
        for (var level = 0; level <= Math.Min(widest, FraudKeys.Prefixes - 1); level++)
        {
            TableOf(level).Change(keys.Prefix(level), now, Rule(level, score, threshold), create: true, level <= FreshLevel ? inBlock : send);
        }

        if (widest == CountryLevel)
        {
            if (score.Stray > LeastStray)
            {
                var rule = StrayRule(score, threshold);
                _wide.Change(score.IsFresh ? keys.Fresh : keys.Strays, now, rule, create: true, send);
                if (!score.IsFresh)
                {
                    _wide.Change(keys.Everywhere, now, rule, create: true, send);
                }
            }

            _wide.Change(keys.Country, now, WideRule(threshold), create: true, send);
            _wide.Change(keys.Service, now, WideRule(threshold), create: true, send);
            _wide.Change(keys.Hour(hour), now, WideRule(threshold), create: true, send);
        }

        if (keys.Address != 0)
        {
            _narrow.Change(keys.Address, now, NetworkRule(score, threshold), create: true, send);
            _narrow.Change(keys.Network, now, NetworkRule(score, threshold), create: true, send);
        }
    }

    /// <summary>Counts a code typed back, so many seconds after it was sent.</summary>
    public void Approved(in FraudKeys keys, uint now, float secondsSince, float threshold)
    {
        var score = new FraudScore { Country = _wide.Read(keys.Country, now, WideRule(threshold)), Service = _wide.Read(keys.Service, now, WideRule(threshold)) };
        score.Odds = OddsFor(score, _wide.Peek(keys.Prefix(FraudKeys.Prefixes - 1)));
        score.Familiar = FamiliarityOf(score.Country);
        if (StraynessOf(_wide.Peek(keys.Prefix(StrayLevel))) > LeastStray)
        {
            var rule = StrayRule(score, threshold);
            var first = _narrow.Peek(keys.Prefix(FreshLevel)) is { Sends: < OneNumber, Approved: 0 };
            _wide.Change(first ? keys.Fresh : keys.Strays, now, rule, create: false, new ApproveChange(secondsSince, rule));
            if (!first)
            {
                _wide.Change(keys.Everywhere, now, rule, create: false, new ApproveChange(secondsSince, rule));
            }
        }

        for (var level = 0; level < FraudKeys.Prefixes; level++)
        {
            var rule = Rule(level, score, threshold);
            TableOf(level).Change(keys.Prefix(level), now, rule, create: false, new ApproveChange(secondsSince, rule));
        }

        var wide = WideRule(threshold);
        _wide.Change(keys.Country, now, wide, create: true, new ApproveChange(secondsSince, wide));
        _wide.Change(keys.Service, now, wide, create: true, new ApproveChange(secondsSince, wide));
        if (keys.Address != 0)
        {
            var rule = NetworkRule(score, threshold);
            _narrow.Change(keys.Address, now, rule, create: false, new ApproveChange(secondsSince, rule));
            _narrow.Change(keys.Network, now, rule, create: false, new ApproveChange(secondsSince, rule));
        }

        Numbers.Approved(keys.Number, now);
    }

    /// <summary>Counts a start that its score refuses, for the range that is hot.</summary>
    public void Refused(in FraudKeys keys, in FraudScore score, uint now, float threshold)
    {
        if (score.Hot < 0)
        {
            return;
        }

        var level = score.Hot;
        var strays = score.IsFresh ? score.Fresh : score.Strays;
        var (usual, before) = level == CountryLevel ? (strays.Approved * FraudCell.SlowSeconds / StraySeconds, strays.Refused) : (score.Prefixes[level].Approved, score.Prefixes[level].Refused);
        // While far more is asked for than people would, the attack goes on, and the block with it. Where nobody lives, and that is known, two in an hour are far more.
        var isDeserted = level == CountryLevel && !score.IsFresh && (now - score.Service.Since) / 16f > HabitSeconds;
        var (most, evidence) = isDeserted ? (1, 0.3f) : (5, 0.05f);
        var change = new RefuseChange(before > most + (3 * usual / (FraudCell.SlowSeconds / 3600)) ? evidence : 0);
        if (level == CountryLevel)
        {
            _wide.Change(score.IsFresh ? keys.Fresh : keys.Strays, now, StrayRule(score, threshold), create: true, change);
        }
        else
        {
            TableOf(level).Change(keys.Prefix(level), now, Rule(level, score, threshold), create: true, change);
            if (score.Stray > LeastStray)
            {
                // It is asked for among the strays all the same: how few of them are people is judged by all of it.
                _wide.Change(keys.Strays, now, StrayRule(score, threshold), create: false, new RefuseChange(0));
            }
        }
    }

    /// <summary>
    /// Counts a start that has to work first. Until it has, it speaks against its range as a code does that is not typed back; but never so far that the range is refused for it, since nothing was sent.
    /// </summary>
    public void Asked(in FraudKeys keys, in FraudScore score, uint now, float threshold) =>
        ChangeWorst(keys, score, now, threshold, new AskChange(Math.Clamp(threshold - MarginOfAsked - score.Total, 0, EvidenceOfAsked)));

    /// <summary>The work was done, and the message went out: takes back what asking for it counted, where that is sure to have been all of it. Else somebody who always works would be asked for ever, and never refused.</summary>
    public void Worked(in FraudKeys keys, in FraudScore score, uint now, float threshold)
    {
        if (score.Total <= threshold - MarginOfAsked - EvidenceOfAsked)
        {
            ChangeWorst(keys, score, now, threshold, new WorkChange());
        }
    }

    void ChangeWorst<T>(in FraudKeys keys, in FraudScore score, uint now, float threshold, T change)
        where T : struct, IFraudChange
    {
        if (score.Worst == CountryLevel)
        {
            _wide.Change(score.IsFresh ? keys.Fresh : keys.Strays, now, StrayRule(score, threshold), create: false, change);
        }
        else
        {
            TableOf(score.Worst).Change(keys.Prefix(score.Worst), now, Rule(score.Worst, score, threshold), create: false, change);
        }
    }

    static void WeighPlaces(ref FraudScore score, CountryPrior prior, uint now, float threshold)
    {
        // Answers in a young range may be bought. They count where the service itself is young, and most of its people are in this country.
        var settled = (now - score.Country.Since) / 16f < HabitSeconds && score.Country.Approved > 0.1f * score.Service.Approved ? 1f : 0;
        var mostPeople = Math.Clamp(prior.PriceMicros / PersonMicros, 0.05f, 0.15f);
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

    /// <summary>
    /// Nothing was sent to the number's block before, or to just this number. People from elsewhere are spread over a country, so that two of them hardly ever share a block;
    /// pumped numbers do. That is why first and further starts are counted apart: the former are people's too.
    /// </summary>
    bool IsFirst(in FraudScore score, in FraudKeys keys, uint now)
    {
        var sends = score.Prefixes[FreshLevel].Sends;
        return sends < 0.05f || (sends < OneNumber && score.Stray > LeastStray && Numbers.WasSentLately(keys.Number, now));
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
    static void WeighCluster(ref FraudScore score)
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
    static void WeighAdjacent(ref FraudScore score)
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
    static void WeighRange(ref FraudScore score)
    {
        var known = Math.Min(2.5f, MathF.Log(1 + (score.Country.Approved / 50)));
        var inMillion = known * 2 / (score.Prefixes[4].Approved + 2);
        // Of ten ranges each, were people spread evenly; believed by half, since they are not.
        var inHundredThousand = 0.5f * MathF.Log((score.Prefixes[4].Approved + 10) / (10 * (score.Prefixes[3].Approved + 1)));
        var inTenThousand = 0.5f * MathF.Log((score.Prefixes[3].Approved + 10) / (10 * (score.Prefixes[2].Approved + 1)));
        score.Parts[(int)FraudReason.Range] = Math.Min(3, inMillion + Math.Max(0, inHundredThousand) + Math.Max(0, inTenThousand));
    }

    void WeighNetwork(ref FraudScore score, in FraudKeys keys, uint now, float threshold)
    {
        if (keys.Address == 0)
        {
            return;
        }

        var rule = NetworkRule(score, threshold);
        var address = _narrow.Read(keys.Address, now, rule);
        var network = _narrow.Read(keys.Network, now, rule);
        score.Parts[(int)FraudReason.Network] = 0.7f * Math.Max(0, Math.Max(address.Suspicion, network.Suspicion - 2));
        if (network.Suspicion <= 0 && network.Approved >= 3)
        {
            score.Trust = Math.Min(6, 2 * MathF.Log(network.Approved));
        }
    }

    /// <summary>What is not about codes of this very place only adds: by itself it refuses nothing.</summary>
    internal static void BoundPriors(ref FraudScore score, float threshold)
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
    static float Burst(in FraudScore score, in FraudCell hour, uint now)
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
    static FraudOdds OddsFor(in FraudScore score, in FraudCell range)
    {
        var elsewhere = ShareOf(score.Service.Approved - score.Country.Approved, score.Service.Sends - score.Country.Sends, TypicalShare);
        var around = ShareOf(score.Country.Approved - range.Approved, score.Country.Sends - range.Sends, 0.9f * elsewhere);
        return FraudOdds.Of(MathF.Max(around, 0.75f * elsewhere));
    }

    static float ShareOf(float answered, float sent, float guess) =>
        (MathF.Max(0, answered) + (guess * GuessWeight)) / (MathF.Max(MathF.Max(0, answered), sent) + GuessWeight);

    /// <summary>Codes typed back make a country familiar.</summary>
    static float FamiliarityOf(in FraudCell country) =>
        country.Approved / (country.Approved + 8);

    static float StraynessOf(in FraudCell range) => 2 / (range.Approved + 2);

    FraudTable TableOf(int level) => level <= FreshLevel ? _narrow : _wide;

    readonly record struct SendChange(float Weight) : IFraudChange
    {
        public void Apply(ref FraudCell cell) => cell.Send(Weight);
    }

    readonly record struct ApproveChange(float SecondsSince, FraudRule Rule) : IFraudChange
    {
        public void Apply(ref FraudCell cell) => cell.Approve(SecondsSince, Rule);
    }

    /// <summary>Not as a refusal: how many are refused in an hour says that an attack goes on, and takes from people what speaks for them.</summary>
    readonly record struct AskChange(float Evidence) : IFraudChange
    {
        public void Apply(ref FraudCell cell)
        {
            cell.Evidence += cell.Evidence > 0 ? Evidence : 0;
            cell.Doubt += cell.Doubt > 0 ? Evidence : 0;
        }
    }

    readonly record struct WorkChange : IFraudChange
    {
        public void Apply(ref FraudCell cell)
        {
            cell.Evidence -= Math.Clamp(cell.Evidence, 0, EvidenceOfAsked);
            cell.Doubt -= Math.Clamp(cell.Doubt, 0, EvidenceOfAsked);
        }
    }

    readonly record struct RefuseChange(float Evidence) : IFraudChange
    {
        public void Apply(ref FraudCell cell)
        {
            cell.Refused++;
            cell.Evidence += cell.Evidence > 0 ? Evidence : 0;
            cell.Doubt += cell.Doubt > 0 ? Evidence : 0;
        }
    }
}
