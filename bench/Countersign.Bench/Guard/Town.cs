using System.Net;
using Countersign.Core.Channels;

namespace Countersign.Bench.Guard;

/// <summary>
/// One service and the people who use it, drawn from a seed: where they live, when they are awake, which operators and networks they share, how often a code is typed back.
/// Written from what is known about such traffic before there was anything to measure, and not changed to suit it.
/// </summary>
sealed class Town
{
    // What HomeOf gives to XX, which is nobody's.
    const byte HostByte = 11 + ((('X' * 31) + 'X') % 90);

    readonly List<Region> _regions = [];
    readonly List<string>[] _returning;
    readonly Rng _rng;

    public Town(ulong seed)
    {
        _rng = new Rng(seed * 7919);
        // Small enough to simulate, large enough that one person in five hundred is a handful of people during an attack.
        PerDay = _rng.LogBetween(5_000, 40_000);
        PassesIp = _rng.Chance(0.6);
        StrangerShare = _rng.Between(0.002, 0.02);
        Weekend = _rng.Between(0.6, 1.3);
        var count = 2 + _rng.Below(9);
        var weight = 1.0;
        while (_regions.Count < count)
        {
            var land = Lands.All[_rng.Below(_regions.Count < 2 ? Lands.HomeCount : Lands.All.Length)];
            if (_regions.Any(region => region.Land == land))
                continue;
            _regions.Add(new Region(land, weight, _rng));
            weight *= _rng.Between(0.3, 0.9);
        }

        _returning = [.. _regions.Select(static _ => new List<string>())];
    }

    /// <summary>People who start a verification, on an ordinary day.</summary>
    public double PerDay { get; }

    /// <summary>The application passes the device's address with a start. Many do not.</summary>
    public bool PassesIp { get; }

    /// <summary>Share of people from anywhere in the world.</summary>
    public double StrangerShare { get; }

    double Weekend { get; }

    public IReadOnlyList<Region> Regions => _regions;

    /// <summary>Seconds until the next person comes.</summary>
    public double UntilNext(double now)
    {
        // Thinning: candidates at the highest rate, kept by the rate of the moment.
        var most = PerDay / 86_400 * 2.2;
        for (var at = now; ;)
        {
            at += _rng.Exponential(1 / most);
            if (_rng.Unit() * 2.2 < Rhythm(at))
                return at - now;
        }
    }

    public Visitor Next(double now)
    {
        if (_rng.Chance(StrangerShare))
        {
            var land = _rng.Of(Lands.All);
            return new Visitor(Lands.Number(land, Lands.Range(land, 7, _rng), _rng), land, Home(land.Code), Typed(0.62), Typo: false, Stranger: true);
        }

        var index = PickRegion(now);
        var region = _regions[index];
        var seen = _returning[index];
        string number;
        if (seen.Count > 50 && _rng.Chance(region.ReturningShare))
        {
            number = _rng.Of(seen);
        }
        else
        {
            number = region.Number(_rng);
            if (seen.Count < 50_000)
                seen.Add(number);
        }

        var typo = _rng.Chance(0.015);
        return new Visitor(typo ? Mistyped(number) : number, region.Land, region.Network(this, _rng), Typed(typo ? 0 : region.Conversion), typo);
    }

    /// <summary>A network of some home: an address that no other person of the simulation has, most likely.</summary>
    public IPAddress? Home(string country) => PassesIp ? HomeOf(country, _rng) : null;

    public static IPAddress HomeOf(string country, Rng rng) =>
        new([(byte)(11 + ((country[0] * 31 + country[1]) % 90)), (byte)rng.Below(256), (byte)rng.Below(256), (byte)rng.Below(256)]);

    /// <summary>A rented server's address, as attackers have and people on a VPN.</summary>
    public static bool IsHost(IPAddress address) => address.GetAddressBytes()[0] == HostByte;

    /// <summary>Seconds until the code is typed; none if it never is.</summary>
    double? Typed(double share) => _rng.Chance(share) ? 4 + _rng.LogNormal(22, 0.8) : null;

    /// <summary>One digit of the last six is another.</summary>
    string Mistyped(string number)
    {
        var digits = number.ToCharArray();
        var at = digits.Length - 1 - _rng.Below(6);
        digits[at] = (char)('0' + ((digits[at] - '0' + 1 + _rng.Below(9)) % 10));
        return new string(digits);
    }

    /// <summary>How often people who are new to the service ask for just this number, per second, for the oracle.</summary>
    public double PerSecondAt(double now, Visitor visitor)
    {
        var total = _regions.Sum(region => region.Weight * Day(now, region.Land.Hours));
        var regions = _regions.Where(region => region.Land == visitor.Land)
            .Sum(region => region.Weight * Day(now, region.Land.Hours) / total * (1 - region.ReturningShare) * region.DensityOf(visitor.Number));
        var strangers = visitor.Land.Leads.Where(lead => visitor.Number.StartsWith(Lands.Prefix(visitor.Land, lead), StringComparison.Ordinal))
            .Sum(lead => Math.Pow(10, lead.Length - visitor.Land.Digits)) / visitor.Land.Leads.Length / Lands.All.Length;
        return PerDay / 86_400 * Rhythm(now) * (((1 - StrangerShare) * regions) + (StrangerShare * strangers));
    }

    int PickRegion(double now)
    {
        var total = 0.0;
        foreach (var region in _regions)
            total += region.Weight * Day(now, region.Land.Hours);
        var at = _rng.Unit() * total;
        for (var i = 0; i < _regions.Count; i++)
        {
            at -= _regions[i].Weight * Day(now, _regions[i].Land.Hours);
            if (at < 0)
                return i;
        }

        return 0;
    }

    double Rhythm(double now)
    {
        double sum = 0, weights = 0;
        foreach (var region in _regions)
        {
            sum += region.Weight * Day(now, region.Land.Hours);
            weights += region.Weight;
        }

        return sum / weights * (((int)(now / 86_400) % 7) >= 5 ? Weekend : 1);
    }

    /// <summary>Mean 1 over the day, lowest at four in the morning.</summary>
    public static double Day(double now, double hours)
    {
        var hour = ((now / 3600) + hours + 48) % 24;
        return Math.Max(0.08, 1 - (0.62 * Math.Cos((hour - 4) * Math.PI / 12)) + (0.25 * Math.Cos((hour - 20) * Math.PI / 6)));
    }

    /// <summary>A country of the service's people.</summary>
    public sealed class Region
    {
        readonly List<(string Range, double Until)> _ranges = [];
        readonly byte[][] _carrierNetworks;
        readonly byte[][] _offices;

        public Region(Land land, double weight, Rng rng)
        {
            Land = land;
            Weight = weight;
            Conversion = rng.Between(0.6, 0.93);
            ReturningShare = rng.Between(0.1, 0.6);
            // Operators' ranges of a million or a hundred thousand numbers; the first are the largest operators'.
            double total = 0, share = 1;
            var count = 4 + rng.Below(30);
            for (var i = 0; i < count; i++)
            {
                total += share;
                _ranges.Add((Lands.Range(land, rng.Chance(0.6) ? 6 : 5, rng), total));
                share *= rng.Between(0.75, 1);
            }

            for (var i = 0; i < count; i++)
                _ranges[i] = (_ranges[i].Range, _ranges[i].Until / total);
            _carrierNetworks = Networks(4 + rng.Below(24), rng);
            _offices = Networks(20 + rng.Below(100), rng);
        }

        public Land Land { get; }

        public double Weight { get; }

        /// <summary>Share of people whose code comes back, over all their sends.</summary>
        public double Conversion { get; }

        public double ReturningShare { get; }

        public string Number(Rng rng) => Lands.Number(Land, SomeRange(rng), rng);

        /// <summary>Whether people of the region have numbers like this one.</summary>
        public bool Holds(string number) => _ranges.Any(range => number.StartsWith(Lands.Prefix(Land, range.Range), StringComparison.Ordinal));

        /// <summary>The share of the region's people that have just this number.</summary>
        public double DensityOf(string number)
        {
            double sum = 0, before = 0;
            foreach (var (range, until) in _ranges)
            {
                if (number.StartsWith(Lands.Prefix(Land, range), StringComparison.Ordinal))
                    sum += (until - before) * Math.Pow(10, range.Length - Land.Digits);
                before = until;
            }

            return sum;
        }

        public NetworkKind KindOf(IPAddress address)
        {
            var bytes = address.GetAddressBytes().AsSpan(0, 3);
            foreach (var network in _carrierNetworks)
            {
                if (bytes.SequenceEqual(network))
                    return NetworkKind.Carrier;
            }

            foreach (var network in _offices)
            {
                if (bytes.SequenceEqual(network))
                    return NetworkKind.Office;
            }

            return NetworkKind.Home;
        }

        public string SomeRange(Rng rng)
        {
            var at = rng.Unit();
            foreach (var (range, until) in _ranges)
            {
                if (at < until)
                    return range;
            }

            return _ranges[^1].Range;
        }

        /// <summary>Behind a mobile carrier's translation, in an office, or at home.</summary>
        public IPAddress? Network(Town town, Rng rng) => !town.PassesIp ? null : rng.Unit() switch
        {
            < 0.45 => CarrierNetwork(rng),
            < 0.6 => Address(rng.Of(_offices), 3, rng),
            _ => HomeOf(Land.Code, rng),
        };

        public IPAddress CarrierNetwork(Rng rng) => Address(rng.Of(_carrierNetworks), 64, rng);

        static IPAddress Address(byte[] network, int size, Rng rng) => new([.. network, (byte)(1 + rng.Below(size))]);

        static byte[][] Networks(int count, Rng rng) => [.. Enumerable.Range(0, count).Select(_ => new[] { (byte)(110 + rng.Below(100)), (byte)rng.Below(256), (byte)rng.Below(256) })];
    }
}

/// <summary>Whose network a start comes from.</summary>
enum NetworkKind
{
    Carrier,
    Office,
    Home,
}

/// <summary>Someone who starts a verification.</summary>
/// <param name="Number">E.164; of a mistyped one, somebody else's.</param>
/// <param name="Land">Where the number is from.</param>
/// <param name="Network">The address that the application passes on, if it does.</param>
/// <param name="TypesAfter">Seconds from the send that arrives to the code typed back; null where it never is.</param>
/// <param name="Typo">The number is wrong.</param>
/// <param name="Stranger">From anywhere in the world, and not from where the service has its people.</param>
/// <param name="Pumped">An attacker.</param>
/// <param name="Device">What else is told of the device; null where services are as shipped, and nothing would follow from it.</param>
sealed record Visitor(string Number, Land Land, IPAddress? Network, double? TypesAfter, bool Typo, bool Stranger = false, bool Pumped = false, Device? Device = null)
{
    /// <summary>Where a person is once the code comes, and asks for another from if it does not; null where they stay.</summary>
    public IPAddress? Elsewhere { get; init; }

    /// <summary>When this person who moved asked first, and by what they ask again; null for the first time.</summary>
    public AskedAgain? Again { get; init; }

    public IPAddress? StartsAt => Again is null ? Network : Elsewhere;

    public IPAddress? TypesAt => Elsewhere ?? Network;
}

/// <summary>A code that is asked for again.</summary>
readonly record struct AskedAgain(double FirstAt, Channel By);
