using System.Globalization;
using System.Net;
using Countersign.Bench.Routing;

namespace Countersign.Bench.Guard;

/// <summary>
/// What the application of a town passes on of whoever asks, beside the address, and who shows work when asked. Drawn from seeds of its own, so that a town's people and an attack's messages are the
/// same with it and without. Written from what is known of applications and people, before anything was measured with it.
/// </summary>
sealed class Devices
{
    // Of people's visits: from a private window, a new or a cleaned device; with a browser that tells no fingerprint.
    const double FreshDevice = 0.05, NoFingerprint = 0.08;

    // Of people: who has a second device, whose browser calls itself a script, who is often on a VPN.
    const double SecondDevice = 0.3, OddAgent = 0.002, OftenOnVpn = 0.03;

    // Of people's visits: through a VPN all the same, from a hotel abroad, with a number that is not the account's last one.
    const double OnVpn = 0.01, Abroad = 0.008, ChangedNumber = 0.003;

    static readonly string[] Browsers =
    [
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36",
        "okhttp/4.12.0",
    ];

    static readonly string[] Scripts = ["python-requests/2.32.3", "curl/8.11.1", "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/132.0.0.0", "Go-http-client/2.0"];

    readonly Town _town;
    readonly Rng _rng;
    readonly Dictionary<string, Person> _people = [];
    readonly bool _passesAgent, _passesFingerprint, _passesAge, _passesPrevious;

    public Devices(ulong seed, Town town)
    {
        (_town, _rng) = (town, new Rng((seed * 15_485_863) + 11));
        (_passesAgent, _passesFingerprint) = (_rng.Chance(0.7), _rng.Chance(0.5));
        (_passesAge, _passesPrevious) = (_rng.Chance(0.4), _rng.Chance(0.3));
        HasPlaces = _rng.Chance(0.6);
        GivesUp = _rng.LogBetween(0.01, 0.05);
    }

    /// <summary>The server has databases of addresses.</summary>
    public bool HasPlaces { get; }

    public Places Places { get; } = new();

    /// <summary>Share of people who do not go on when they are asked to work, however little: an old browser, no script, an application that does not pass it on.</summary>
    public double GivesUp { get; }

    /// <summary>A person of the town, with what is told of the device. Their line at home is the same one each time.</summary>
    public Visitor OfPerson(Visitor visitor, double now)
    {
        var person = PersonOf(visitor, now);
        var fresh = _rng.Chance(FreshDevice);
        var device = fresh ? _rng.Below(int.MaxValue) : _rng.Chance(person.HasSecond ? 0.15 : 0) ? person.Main + 1 : person.Main;
        if (fresh && _rng.Chance(0.25))
            person.Main = device;
        return visitor with
        {
            Network = NetworkOf(visitor, person),
            Device = new Device
            {
                Agent = !_passesAgent ? null : person.IsOdd ? Scripts[2] : Browsers[device % Browsers.Length],
                Fingerprint = !_passesFingerprint || _rng.Chance(NoFingerprint) ? null : Text(device),
                AccountSince = _passesAge ? person.Since : null,
                PreviousNumber = _passesPrevious && _rng.Chance(ChangedNumber) ? Lands.Number(visitor.Land, Lands.Range(visitor.Land, 6, _rng), _rng) : null,
                MostLevel = _rng.Chance(GivesUp) ? -1 : MostLevelOf(_rng.Unit()),
            },
        };
    }

    /// <summary>A browser that waits for the work: nearly everybody does for four seconds, four in five for half a minute, two in five for longer.</summary>
    static int MostLevelOf(double draw) => draw < 0.4 ? 8 : draw < 0.8 ? 5 : 3;

    /// <summary>How an attack's starts look.</summary>
    public sealed class Forger(ulong seed, AttackKind kind, Devices devices, bool solves)
    {
        readonly Rng _rng = new((seed * 32_452_843) + (ulong)kind + 5);
        bool? _isCareless, _isFarm;

        /// <summary>One attack in three does not hide that it is a script; half of the others have a farm of twenty devices, half a new one each time.</summary>
        public Visitor Of(Visitor visitor, double now)
        {
            var careless = _isCareless ??= _rng.Chance(1 / 3.0);
            var farm = _isFarm ??= _rng.Chance(0.5);
            if (visitor.Network is { } network)
                devices.Place(network, visitor.Land);
            var device = farm || careless ? 7 + _rng.Below(20) : _rng.Below(int.MaxValue);
            return visitor with
            {
                Device = new Device
                {
                    Agent = !devices._passesAgent ? null : careless ? Scripts[(int)(seed % (ulong)Scripts.Length)] : Browsers[device % Browsers.Length],
                    Fingerprint = devices._passesFingerprint ? Text(device) : null,
                    AccountSince = devices._passesAge ? now - _rng.Between(5, 7200) : null,
                    MostLevel = solves ? int.MaxValue : -1,
                },
            };
        }
    }

    Person PersonOf(Visitor visitor, double now)
    {
        if (_people.TryGetValue(visitor.Number, out var person))
            return person;
        // Those who come in the first days of the simulation may have been with the service for long.
        var isNew = _rng.Chance(0.3);
        person = new Person
        {
            Home = _town.PassesIp ? Town.HomeOf(visitor.Land.Code, _rng) : null,
            Main = _rng.Below(int.MaxValue - 1),
            HasSecond = _rng.Chance(SecondDevice),
            IsOdd = _rng.Chance(OddAgent),
            IsOnVpn = _rng.Chance(OftenOnVpn),
            Since = now - (isNew ? _rng.Between(5, 600) : _rng.Between(1, 700) * 86_400),
        };
        _people.Add(visitor.Number, person);
        return person;
    }

    IPAddress? NetworkOf(Visitor visitor, Person person)
    {
        if (visitor.Network is not { } network)
            return null;
        if (_rng.Chance(person.IsOnVpn ? 0.5 : OnVpn))
            network = Town.HomeOf("XX", _rng);
        else if (_rng.Chance(Abroad))
            return Placed(Town.HomeOf("YY", _rng), _rng.Of(Lands.All));
        else if (RegionOf(visitor.Land)?.KindOf(network) is null or NetworkKind.Home)
            network = person.Home!;
        Place(network, visitor.Land);
        return network;
    }

    void Place(IPAddress network, Land land)
    {
        if (Town.IsHost(network))
            Places.Host(network);
        else if (RegionOf(land)?.KindOf(network) == NetworkKind.Carrier)
            Places.Carrier(network, land);
        else
            Places.Home(network, land);
    }

    IPAddress Placed(IPAddress network, Land land)
    {
        Places.Home(network, land);
        return network;
    }

    Town.Region? RegionOf(Land land) => _town.Regions.FirstOrDefault(region => region.Land == land);

    static string Text(int device) => Dice.Mix((ulong)device).ToString("x16", CultureInfo.InvariantCulture);

    sealed class Person
    {
        public IPAddress? Home { get; init; }

        public int Main { get; set; }

        public bool HasSecond { get; init; }

        public bool IsOdd { get; init; }

        public bool IsOnVpn { get; init; }

        public double Since { get; init; }
    }
}

/// <summary>What is told of the device of a start, each null where it is not.</summary>
sealed record Device
{
    public string? Agent { get; init; }

    public string? Fingerprint { get; init; }

    /// <summary>When the account was made, in simulated seconds; below 0 before the simulation.</summary>
    public double? AccountSince { get; init; }

    public string? PreviousNumber { get; init; }

    /// <summary>The highest level of work that is done when asked; -1 for none at all.</summary>
    public int MostLevel { get; init; }
}
