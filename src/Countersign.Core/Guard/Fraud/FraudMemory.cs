using Countersign.Core.Numbers;
using static Countersign.Core.Guard.Fraud.FraudRules;
using static Countersign.Core.Guard.Fraud.FraudWeighing;

namespace Countersign.Core.Guard.Fraud;

/// <summary>The tables of a node, what is written to them by a start and an answer, and what a start is weighed by (<see cref="FraudWeighing"/>).</summary>
sealed class FraudMemory(FraudOptions options, ulong seed)
{
    // About what an unanswered code says, and how far from a refusal starts that were asked to work leave a range.
    const float EvidenceOfAsked = 0.6f;
    const float MarginOfAsked = 2f;

    const float RepeatedWeight = 0.25f;

    // What a number that is asked for three times counts in its block, and two numbers do not.
    const float OneNumber = 1.8f;

    // A range in which two people answered, about, is none without people.
    const float LeastStray = 0.5f;

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

    public FraudKeys KeysOf(Sid service, Numbers.PhoneNumber number, UInt128 destination, IpAddress? address, ulong device) => new(seed, service, number, destination, address, device);

    /// <summary>Weighs a start. Changes nothing but letting time pass.</summary>
    public FraudScore Weigh(in FraudKeys keys, string countryCode, uint now, int hour, float threshold)
    {
        Ahead(keys);
        var score = new FraudScore { Hot = -1 };
        score.Service = _wide.Read(keys.Service, now, WideRule(threshold));
        score.Country = _wide.Read(keys.Country, now, WideRule(threshold));
        score.Odds = OddsFor(score, _wide.Peek(keys.Prefix(FraudKeys.Prefixes - 1)));
        score.Familiar = FamiliarityOf(score.Country);
        AheadOfCells(keys);
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
        WeighOrigin(ref score, keys, now, threshold);
        score.Parts[(int)FraudReason.Burst] = Burst(score, _wide.Read(keys.Hour(hour), now, WideRule(threshold)), now);
        BoundPriors(ref score, threshold);
        return score;
    }

    /// <summary>
    /// Asks memory for where a start or an answer is looked for: random places, each of which would be waited for by itself. What is wide is asked for all the time, and at hand.
    /// </summary>
    void Ahead(in FraudKeys keys)
    {
        for (var level = 0; level < FraudKeys.Prefixes; level++)
        {
            TableOf(level).Ahead(keys.Prefix(level));
        }

        if (keys.Address != 0)
        {
            _narrow.Ahead(keys.Address);
            _narrow.Ahead(keys.Network);
        }

        if (keys.Device != 0)
        {
            _narrow.Ahead(keys.Device);
        }
    }

    /// <summary>The same for what counts a send that was weighed, which may need room.</summary>
    void AheadOfSent(in FraudKeys keys, in FraudScore score)
    {
        Numbers.Ahead(keys.Number);
        for (var level = 0; level <= FreshLevel; level++)
        {
            if (score.Prefixes[level].Key == 0)
            {
                _narrow.AheadOfRoom(keys.Prefix(level));
            }
        }

        Ahead(keys);
    }

    /// <summary>The same for what there is under the keys, behind <see cref="Ahead"/>.</summary>
    void AheadOfCells(in FraudKeys keys)
    {
        for (var level = 0; level < FraudKeys.Prefixes; level++)
        {
            TableOf(level).AheadOfCell(keys.Prefix(level));
        }
    }

    /// <summary>Counts a send.</summary>
    public void Sent(in FraudKeys keys, in FraudScore score, uint now, int hour, float threshold)
    {
        AheadOfSent(keys, score);
        var repetition = Numbers.Sent(keys.Number, now);
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

        // Nor is a person who asks for their own number from their own device. A resend may come from another one, at a help desk, which the answer is not counted for.
        if (keys.Device != 0 && repetition != Repetition.Resend)
        {
            _narrow.Change(keys.Device, now, NetworkRule(score, threshold), create: true, inBlock);
        }
    }

    /// <summary>Counts a code typed back, so many seconds after it was sent.</summary>
    public void Approved(in FraudKeys keys, uint now, float secondsSince, float threshold)
    {
        Ahead(keys);
        Numbers.Ahead(keys.Number);
        var score = new FraudScore { Country = _wide.Read(keys.Country, now, WideRule(threshold)), Service = _wide.Read(keys.Service, now, WideRule(threshold)) };
        score.Odds = OddsFor(score, _wide.Peek(keys.Prefix(FraudKeys.Prefixes - 1)));
        score.Familiar = FamiliarityOf(score.Country);
        AheadOfCells(keys);
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

        if (keys.Device != 0)
        {
            var rule = NetworkRule(score, threshold);
            _narrow.Change(keys.Device, now, rule, create: false, new ApproveChange(secondsSince, rule));
        }

        Numbers.Approved(keys.Number, now);
    }

    /// <summary>
    /// Counts a code typed back for the address that it was asked for again from: what that send counted there. The rest was counted once, with the first message's
    /// (<see cref="Approved"/>).
    /// </summary>
    public void ApprovedAgain(in FraudKeys keys, uint now, float secondsSince, float threshold)
    {
        if (keys.Address == 0)
        {
            return;
        }

        var score = new FraudScore { Country = _wide.Read(keys.Country, now, WideRule(threshold)), Service = _wide.Read(keys.Service, now, WideRule(threshold)) };
        score.Odds = OddsFor(score, _wide.Peek(keys.Prefix(FraudKeys.Prefixes - 1)));
        score.Familiar = FamiliarityOf(score.Country);
        var rule = NetworkRule(score, threshold);
        var answer = new ApproveChange(secondsSince, rule, RepeatedWeight);
        _narrow.Change(keys.Address, now, rule, create: false, answer);
        _narrow.Change(keys.Network, now, rule, create: false, answer);
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

    /// <summary>
    /// Nothing was sent to the number's block before, or to just this number. People from elsewhere are spread over a country, so that two of them hardly ever share a block;
    /// pumped numbers do. That is why first and further starts are counted apart: the former are people's too.
    /// </summary>
    bool IsFirst(in FraudScore score, in FraudKeys keys, uint now)
    {
        var sends = score.Prefixes[FreshLevel].Sends;
        return sends < 0.05f || (sends < OneNumber && score.Stray > LeastStray && Numbers.WasSentLately(keys.Number, now));
    }

    /// <summary>Where a start comes from: its address and network, and its device wherever that is. The same sends are behind both, so the stronger speaks.</summary>
    void WeighOrigin(ref FraudScore score, in FraudKeys keys, uint now, float threshold)
    {
        var rule = NetworkRule(score, threshold);
        var device = keys.Device == 0 ? 0 : 0.7f * OfDevice(_narrow.Read(keys.Device, now, rule), now);
        var place = 0f;
        if (keys.Address != 0)
        {
            var address = _narrow.Read(keys.Address, now, rule);
            var network = _narrow.Read(keys.Network, now, rule);
            place = 0.7f * Math.Max(0, Math.Max(address.Suspicion, network.Suspicion - 2));
            if (network.Suspicion <= 0 && network.Approved >= 3)
            {
                score.Trust = Math.Min(6, 2 * MathF.Log(network.Approved));
            }
        }

        score.Parts[(int)(device > place ? FraudReason.Device : FraudReason.Network)] = Math.Max(device, place);
    }

    FraudTable TableOf(int level) => level <= FreshLevel ? _narrow : _wide;

    readonly record struct SendChange(float Weight) : IFraudChange
    {
        public void Apply(ref FraudCell cell) => cell.Send(Weight);
    }

    readonly record struct ApproveChange(float SecondsSince, FraudRule Rule, float Weight = 1) : IFraudChange
    {
        public void Apply(ref FraudCell cell) => cell.Approve(SecondsSince, Rule, Weight);
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

