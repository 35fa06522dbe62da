using System.Net;

namespace Countersign.Bench.Guard;

/// <summary>How messages are pumped. Each kind draws its own rate, length and places from the seed.</summary>
enum AttackKind
{
    /// <summary>One number after the other in one range.</summary>
    Sequential,

    /// <summary>Random numbers of one prefix.</summary>
    Scattered,

    /// <summary>Many prefixes of several countries, a message now and then.</summary>
    LowAndSlow,

    /// <summary>Numbers of many rented ranges, each used once, each from another network.</summary>
    OneOff,

    /// <summary>Random numbers of operators that real people use, from the networks of real people, by day, with resends.</summary>
    RealLooking,

    /// <summary>Random numbers of one prefix, and a part of the codes is typed back.</summary>
    FakeConversion,

    /// <summary>Numbers of real people in the service's own countries; all guesses of each code are spent, then the next number.</summary>
    BruteForce,
}

/// <summary>One attack: when the messages are asked for, to which numbers, from where.</summary>
sealed class Attack
{
    readonly Rng _rng;
    readonly Town _town;
    readonly List<(Land Land, string Range)> _ranges = [];
    readonly List<IPAddress> _proxies = [];
    readonly bool _rotates;
    readonly double _convert;
    long _next;

    public Attack(AttackKind kind, ulong seed, Town town, double from)
    {
        Kind = kind;
        From = from;
        _town = town;
        _rng = new Rng((seed * 104_729) + (ulong)kind + 1);
        var abroad = _rng.Chance(0.7);
        var land = abroad ? _rng.Of(Lands.All) : _rng.Of(town.Regions).Land;
        double perMinute, hours;
        switch (kind)
        {
            case AttackKind.Sequential:
                (perMinute, hours) = (_rng.LogBetween(5, 60), _rng.Between(2, 10));
                _ranges.Add((land, Lands.Range(land, 4 + _rng.Below(2), _rng)));
                _next = _rng.Below(5_000);
                break;
            case AttackKind.Scattered:
                (perMinute, hours) = (_rng.LogBetween(5, 60), _rng.Between(3, 12));
                _ranges.Add((land, Lands.Range(land, 4 + _rng.Below(3), _rng)));
                break;
            case AttackKind.LowAndSlow:
                (perMinute, hours) = (_rng.LogBetween(1, 4), _rng.Between(24, 48));
                Spread(countries: 3 + _rng.Below(10), ranges: 30 + _rng.Below(170), free: 4);
                break;
            case AttackKind.OneOff:
                (perMinute, hours) = (_rng.LogBetween(3, 30), _rng.Between(4, 24));
                Spread(countries: 1 + _rng.Below(6), ranges: 10 + _rng.Below(60), free: 3);
                break;
            case AttackKind.RealLooking:
                (perMinute, hours) = (_rng.LogBetween(3, 30), _rng.Between(8, 24));
                var region = _rng.Of(town.Regions);
                for (var i = 0; i < 1 + _rng.Below(4); i++)
                    _ranges.Add((region.Land, region.SomeRange(_rng)));
                break;
            case AttackKind.FakeConversion:
                (perMinute, hours) = (_rng.LogBetween(5, 40), _rng.Between(4, 16));
                _ranges.Add((land, Lands.Range(land, 4 + _rng.Below(2), _rng)));
                _convert = _rng.Between(0.1, 0.4);
                break;
            case AttackKind.BruteForce:
                (perMinute, hours) = (_rng.LogBetween(3, 20), _rng.Between(3, 12));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }

        PerSecond = perMinute / 60;
        Until = from + (hours * 3600);
        _rotates = kind is AttackKind.OneOff or AttackKind.RealLooking || _rng.Chance(0.5);
        for (var i = 0; i < 3 + _rng.Below(20); i++)
            _proxies.Add(Town.HomeOf("XX", _rng));
    }

    public AttackKind Kind { get; }

    /// <summary>Seconds since the simulation began.</summary>
    public double From { get; }

    public double Until { get; }

    public double PerSecond { get; }

    public double UntilNext(double now)
    {
        if (Kind != AttackKind.RealLooking)
            return _rng.Exponential(1 / PerSecond);
        var at = now;
        do
            at += _rng.Exponential(1 / (2.2 * PerSecond));
        while (_rng.Unit() * 2.2 > Town.Day(at, _ranges[0].Land.Hours));
        return at - now;
    }

    public Visitor Next()
    {
        if (Kind == AttackKind.BruteForce)
        {
            var region = _rng.Of(_town.Regions);
            return new Visitor(region.Number(_rng), region.Land, Network(region.Land), null, Typo: false, Pumped: true);
        }

        var (land, range) = _rng.Of(_ranges);
        var number = Kind == AttackKind.Sequential ? Lands.NumberAt(land, range, _next++) : Lands.Number(land, range, _rng);
        return new Visitor(number, land, Network(land), _rng.Chance(_convert) ? 3 + _rng.LogNormal(10, 0.5) : null, Typo: false, Pumped: true);
    }

    /// <summary>The range of the attack that a number is in; null for none.</summary>
    public string? RangeOf(string number)
    {
        foreach (var (land, range) in _ranges)
        {
            if (number.StartsWith(Lands.Prefix(land, range), StringComparison.Ordinal))
                return range;
        }

        return null;
    }

    /// <summary>How often it asks for just this number, per second, for the oracle.</summary>
    public double PerSecondAt(double now, Visitor visitor)
    {
        if (now < From || now >= Until)
            return 0;
        if (Kind == AttackKind.BruteForce)
            return PerSecond * _town.Regions.Where(region => region.Land == visitor.Land).Sum(region => region.DensityOf(visitor.Number)) / _town.Regions.Count;
        var share = _ranges.Where(one => one.Land == visitor.Land && visitor.Number.StartsWith(Lands.Prefix(one.Land, one.Range), StringComparison.Ordinal))
            .Sum(static one => Math.Pow(10, one.Range.Length - one.Land.Digits)) / _ranges.Count;
        return share * PerSecond * (Kind == AttackKind.RealLooking ? Town.Day(now, _ranges[0].Land.Hours) : 1);
    }

    /// <summary>What a network says, in log-odds, for the oracle.</summary>
    public double NetworkOdds(Land land, IPAddress address)
    {
        if (_proxies.Contains(address))
            return _rotates ? 0 : 50;
        var home = _town.Regions.FirstOrDefault(region => region.Land == land);
        var asPeople = Kind == AttackKind.RealLooking && home is not null ? 0.5 : 0;
        return home is null ? _rotates ? 0 : -50 : home.KindOf(address) switch
        {
            NetworkKind.Carrier => asPeople > 0 ? Math.Log(asPeople / 0.45) : -50,
            NetworkKind.Office => -50,
            _ => _rotates ? Math.Log((1 - asPeople) / 0.4) : -50,
        };
    }

    /// <summary>Seconds until the same number is asked for again; null where it is not.</summary>
    public double? ResendAfter() => Kind is AttackKind.RealLooking && _rng.Chance(0.25) ? _rng.Between(35, 120) : null;

    /// <summary>A number that the attack could use, for asking whether the block is gone.</summary>
    public Visitor Sample(Rng rng)
    {
        if (Kind == AttackKind.BruteForce)
        {
            var region = rng.Of(_town.Regions);
            return new Visitor(region.Number(rng), region.Land, _town.PassesIp ? Town.HomeOf(region.Land.Code, rng) : null, null, Typo: false);
        }

        var (land, range) = rng.Of(_ranges);
        return new Visitor(Lands.Number(land, range, rng), land, _town.PassesIp ? Town.HomeOf(land.Code, rng) : null, null, Typo: false);
    }

    IPAddress? Network(Land land)
    {
        if (!_town.PassesIp)
            return null;
        if (Kind == AttackKind.RealLooking && _town.Regions.FirstOrDefault(region => region.Land == land) is { } home && _rng.Chance(0.5))
            return home.CarrierNetwork(_rng);
        return _rotates ? Town.HomeOf(land.Code, _rng) : _rng.Of(_proxies);
    }

    void Spread(int countries, int ranges, int free)
    {
        var lands = Enumerable.Range(0, countries).Select(_ => _rng.Of(Lands.All)).ToArray();
        for (var i = 0; i < ranges; i++)
        {
            var land = _rng.Of(lands);
            _ranges.Add((land, Lands.Range(land, free, _rng)));
        }
    }
}
