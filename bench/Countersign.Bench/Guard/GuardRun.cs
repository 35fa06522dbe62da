using Countersign.Core.Channels;
using Countersign.Core.Guard.Fraud;

namespace Countersign.Bench.Guard;

/// <summary>One town, one policy and one attack or none, second by second.</summary>
/// <param name="town">The people.</param>
/// <param name="attack">Null in peace.</param>
/// <param name="policy">What judges their starts.</param>
/// <param name="days">How long peace lasts.</param>
/// <param name="devices">What is told of people's devices, where challenges are on; null for services as shipped.</param>
/// <param name="forger">The same of the attack's.</param>
/// <param name="movers">Share of people who type the code in another network than they asked for it in, and ask for another from there, every second of them by WhatsApp.</param>
sealed class GuardRun(Town town, Attack? attack, Policy policy, double days, Devices? devices = null, Devices.Forger? forger = null, double movers = 0)
{
    const double AskAgainShare = 0.12;
    const double RecoverySeconds = 12 * 3600;

    readonly PriorityQueue<Action, double> _events = new();
    readonly GuardOutcome _outcome = new();
    readonly Rng _rng = new(0xC0FFEE);
    // Of its own, so that the people and attacks are the same whoever moves.
    readonly Rng _moves = new(0x40B11E);
    readonly Dictionary<string, int> _through = [];
    double _now;

    public GuardOutcome Run()
    {
        var end = attack is null ? days * 86_400 : attack.Until + RecoverySeconds;
        At(town.UntilNext(0), Come);
        if (attack is not null)
        {
            At(attack.From, Pump);
            At(attack.Until, Recover);
        }

        while (_events.TryDequeue(out var happen, out _now) && _now < end)
            happen();
        _outcome.RecoveredAfter ??= RecoverySeconds;
        return _outcome;
    }

    void Come()
    {
        At(_now + town.UntilNext(_now), Come);
        var visitor = town.Next(_now);
        visitor = devices?.OfPerson(visitor, _now) ?? visitor;
        if (movers > 0 && visitor.Network is not null && _moves.Chance(movers))
            visitor = visitor with { Elsewhere = town.Regions.FirstOrDefault(region => region.Land == visitor.Land)?.Network(town, _moves) ?? Town.HomeOf(visitor.Land.Code, _moves) };
        // People that are refused while an attack lasts, and in the hour after it.
        var counts = attack is null || (_now >= attack.From && _now < attack.Until + 3600);
        _outcome.People += counts ? 1 : 0;
        Ask(visitor, counts, sends: 0);
    }

    void Ask(Visitor visitor, bool counts, int sends, bool wasChallenged = false)
    {
        var at = _now;
        var refused = policy.Refuses(visitor, at);
        if (policy.Challenged is { } asked && counts)
            NoteChallenged(asked, visitor, isFirst: !wasChallenged);
        wasChallenged |= policy.Challenged is not null;
        if (policy.Challenged is { IsDone: false })
            return;
        if (refused)
        {
            _outcome.PeopleRefused += counts && !policy.WasImpossible ? 1 : 0;
            if (counts && attack is not null)
                _outcome.Note($"refused {(visitor.Typo ? "typo" : visitor.Stranger ? "stranger" : "of the town")} {(attack.RangeOf(visitor.Number) is null ? "elsewhere" : "attacked range")} {policy.Reason}");
            _outcome.People -= counts && policy.WasImpossible ? 1 : 0;
            _outcome.Impossible += policy.WasImpossible ? 1 : 0;
            return;
        }

        var types = visitor.TypesAfter;
        var again = sends == 0 && _rng.Chance(types is null ? 3 * AskAgainShare : AskAgainShare) ? _rng.Between(35, 90) : double.MaxValue;
        if (types is { } wait && wait < again)
            At(at + wait, () => Type(visitor, at, counts));
        else if (again < double.MaxValue)
            At(at + again, () => Ask(Again(visitor, at, again), counts, 1, wasChallenged));
    }

    Visitor Again(Visitor visitor, double firstAt, double after)
    {
        if (visitor.TypesAfter is { } types)
            visitor = visitor with { TypesAfter = Math.Max(5, types - after) };
        return visitor.Elsewhere is null ? visitor : visitor with { Again = new(firstAt, _moves.Chance(0.5) ? Channel.WhatsApp : Channel.Sms) };
    }

    void NoteChallenged(Asked asked, Visitor visitor, bool isFirst)
    {
        _outcome.PeopleChallenged += isFirst ? 1 : 0;
        _outcome.PeopleGaveUp += asked.IsDone ? 0 : 1;
        _outcome.PeopleWorked.Add(asked.Level);
        _outcome.Note($"challenged {(visitor.Typo ? "typo" : visitor.Stranger ? "stranger" : "of the town")} {asked.Doubt}");
    }

    /// <summary>Somebody whose right code is not taken is as badly off as somebody who gets none.</summary>
    void Type(Visitor visitor, double sentAt, bool counts)
    {
        if (!policy.Typed(visitor, sentAt, _now) && counts)
            _outcome.PeopleRefused++;
    }

    void Pump()
    {
        At(_now + attack!.UntilNext(_now), Pump);
        if (_now < attack.Until)
        {
            var visitor = attack.Next();
            Pump(forger?.Of(visitor, _now) ?? visitor, again: false);
        }
    }

    void Pump(Visitor visitor, bool again)
    {
        var at = _now;
        var price = CountryPriors.Of(visitor.Land.Code).PriceMicros / 1e6;
        _outcome.Pumped++;
        _outcome.Cost += price;
        var refused = policy.Refuses(visitor, at);
        if (policy.WasImpossible)
        {
            _outcome.Pumped--;
            _outcome.Cost -= price;
            _outcome.Impossible++;
            return;
        }

        if (policy.Challenged is { } asked)
        {
            _outcome.PumpedChallenged++;
            _outcome.Tries += asked.Tries;
            _outcome.StoppedByChallenge += asked.IsDone ? 0 : 1;
        }

        if (refused)
        {
            _outcome.Stopped++;
            _outcome.Saved += price;
            _outcome.FirstBlock ??= _outcome.Pumped - 1;
        }
        else
        {
            NoteSent(visitor);
        }

        if (refused)
        {
        }
        else if (visitor.TypesAfter is { } wait)
        {
            At(at + wait, () => policy.Typed(visitor, at, _now));
        }
        else if (attack!.Kind == AttackKind.BruteForce)
        {
            At(at + 1, () => policy.Guess(visitor, _now));
        }

        if (attack!.From + (_outcome.Slices.Count * GuardOutcome.SliceSeconds) <= at)
            _outcome.Slices.Add(_outcome.Pumped - _outcome.Stopped);
        if (!again && attack.ResendAfter() is { } after)
            At(at + after, () => Pump(visitor, again: true));
    }

    /// <summary>What got through, by where and whether its range had been sent to before.</summary>
    void NoteSent(Visitor visitor)
    {
        if (attack!.RangeOf(visitor.Number) is not { } range)
            return;
        var key = visitor.Land.Code + range;
        var before = _through.GetValueOrDefault(key);
        _through[key] = before + 1;
        var home = town.Regions.FirstOrDefault(region => region.Land == visitor.Land);
        var where = home is null ? "abroad" : home.Holds(visitor.Number) ? "people's range" : "people's country";
        _outcome.Note($"sent {where} {(before switch { 0 => "1st", < 3 => "2-3", < 8 => "4-8", < 20 => "9-20", _ => "later" })}");
    }

    /// <summary>Asks every five minutes after the attack whether people of the attacked ranges would get through.</summary>
    void Recover()
    {
        for (int asked = 0, tries = 0; asked < 10 && tries < 200; tries++)
        {
            var refuses = policy.WouldRefuse(attack!.Sample(_rng), _now);
            asked += refuses is null ? 0 : 1;
            if (refuses == true)
            {
                At(_now + 300, Recover);
                return;
            }
        }

        _outcome.RecoveredAfter = _now - attack!.Until;
    }

    void At(double when, Action happen) => _events.Enqueue(happen, when);
}

/// <summary>What came of a run.</summary>
sealed class GuardOutcome
{
    public const double SliceSeconds = 600;

    /// <summary>Messages that an attack asked for.</summary>
    public int Pumped { get; set; }

    public int Stopped { get; set; }

    /// <summary>Messages sent before the first was refused; null if none was.</summary>
    public int? FirstBlock { get; set; }

    /// <summary>What all pumped messages would cost at list prices, in US dollars.</summary>
    public double Cost { get; set; }

    public double Saved { get; set; }

    /// <summary>People who came while it counts: during an attack and in the hour after it, or in peace.</summary>
    public int People { get; set; }

    public int PeopleRefused { get; set; }

    /// <summary>People who were asked to show work, once each.</summary>
    public int PeopleChallenged { get; set; }

    /// <summary>Of those, the ones who did not, and got no message.</summary>
    public int PeopleGaveUp { get; set; }

    /// <summary>The level of each challenge that a person was given.</summary>
    public List<int> PeopleWorked { get; } = [];

    /// <summary>Pumped messages that were asked to show work.</summary>
    public int PumpedChallenged { get; set; }

    /// <summary>Of <see cref="Stopped"/>, those whose script does not work.</summary>
    public int StoppedByChallenge { get; set; }

    /// <summary>Numbers that an attacker tried in all its work.</summary>
    public long Tries { get; set; }

    /// <summary>Starts to numbers that there are not, of people and attackers; counted nowhere else. Over HTTP only.</summary>
    public int Impossible { get; set; }

    /// <summary>Seconds from the end of the attack until ten numbers of the attacked ranges would all be let through; 12 hours at most.</summary>
    public double? RecoveredAfter { get; set; }

    /// <summary>Pumped messages that went out since the attack began, at the end of each ten minutes.</summary>
    public List<int> Slices { get; } = [];

    /// <summary>What got through and who was refused, by kind.</summary>
    public SortedDictionary<string, int> Notes { get; } = new(StringComparer.Ordinal);

    public void Note(string note) => Notes[note] = Notes.GetValueOrDefault(note) + 1;

    public double StoppedShare => Pumped == 0 ? 1 : (double)Stopped / Pumped;

    public double RefusedShare => People == 0 ? 0 : (double)PeopleRefused / People;

    public double ChallengedShare => People == 0 ? 0 : (double)PeopleChallenged / People;
}
