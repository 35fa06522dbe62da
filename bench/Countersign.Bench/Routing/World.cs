namespace Countersign.Bench.Routing;

/// <summary>A carrier of the simulation.</summary>
/// <param name="Name">As routes name it.</param>
/// <param name="Cost">Of a message.</param>
/// <param name="Quality">Logit that it adds to its deliveries everywhere.</param>
/// <param name="HasReceipts">It sends delivery receipts.</param>
/// <param name="DelaySeconds">Median time from acceptance to arrival.</param>
sealed record SimulatedCarrier(string Name, decimal Cost, double Quality, bool HasReceipts, double DelaySeconds);

/// <summary>A country of the simulation.</summary>
/// <param name="Code">ISO 3166-1 alpha-2 code.</param>
/// <param name="Share">Of all verifications.</param>
/// <param name="Ease">Logit of a middling carrier's deliveries.</param>
/// <param name="Typers">Share of the people with the code before them who type it.</param>
/// <param name="HoursAhead">Of UTC: when its people are awake.</param>
sealed record SimulatedCountry(string Code, double Share, double Ease, double Typers, int HoursAhead);

/// <summary>A time in which a carrier does not do its work; seconds since the start.</summary>
sealed record Outage(int Carrier, double From, double Until)
{
    public bool Covers(int carrier, double at) => carrier == Carrier && at >= From && at < Until;
}

/// <summary>
/// What is true, whatever a policy believes: with which probability a carrier delivers a message to a network of a country, at each moment. Rates drift, jump, and break down twice.
/// </summary>
sealed class World
{
    public const int Networks = 3;
    const double StepSeconds = 300;

    public static readonly SimulatedCarrier[] Carriers =
    [
        new("aurora", 0.0079m, 0.45, HasReceipts: true, 4),
        new("borealis", 0.0062m, 0.35, HasReceipts: false, 4),
        new("cirrus", 0.0071m, 0.20, HasReceipts: true, 5),
        new("dune", 0.0050m, 0.05, HasReceipts: false, 6),
        new("estuary", 0.0045m, -0.15, HasReceipts: true, 7),
        new("fjord", 0.0039m, -0.35, HasReceipts: false, 8),
    ];

    public static readonly SimulatedCountry[] Countries =
    [
        new("US", 0.22, 2.4, 0.95, -6), new("GB", 0.14, 2.5, 0.96, 0), new("DE", 0.12, 2.3, 0.95, 1), new("FR", 0.11, 2.1, 0.94, 1), new("BR", 0.10, 1.4, 0.93, -3),
        new("IN", 0.10, 1.2, 0.92, 5), new("AU", 0.06, 2.3, 0.95, 10), new("MX", 0.06, 1.6, 0.93, -6), new("SE", 0.05, 2.6, 0.96, 1), new("NG", 0.04, 0.9, 0.90, 1),
    ];

    static readonly double[] NetworkShares = [0.5, 0.3, 0.2];

    readonly double[,,] _logit; // step, carrier, country
    readonly double[,,] _network;

    public World(ulong seed, double hours, Outages? outages = null)
    {
        Seed = seed;
        var steps = (int)(hours * 3600 / StepSeconds) + 2;
        _logit = new double[steps, Carriers.Length, Countries.Length];
        _network = new double[Carriers.Length, Countries.Length, Networks];
        for (var carrier = 0; carrier < Carriers.Length; carrier++)
            Drift(carrier, steps);
        if (outages is { } times)
            Break(times);
    }

    public ulong Seed { get; }

    /// <summary>The carrier that refuses or does not answer.</summary>
    public Outage? Refusing { get; private set; }

    /// <summary>The carrier that accepts and delivers nothing.</summary>
    public Outage? Dark { get; private set; }

    /// <summary>True probability that a message that the carrier accepts now is delivered.</summary>
    public double Rate(int carrier, int country, int network, double at) =>
        Dark?.Covers(carrier, at) == true ? 0 : Healthy(carrier, country, network, at);

    public static int NetworkOf(double uniform) => uniform < NetworkShares[0] ? 0 : uniform < NetworkShares[0] + NetworkShares[1] ? 1 : 2;

    /// <summary>How busy a country is, compared with its mean: people sleep.</summary>
    public static double Rhythm(SimulatedCountry country, double at) =>
        1 + (0.75 * Math.Cos(2 * Math.PI * ((at / 3600) + country.HoursAhead - 16) / 24));

    /// <summary>The carriers from the one with the best mean over countries and time to the worst: what a knowing operator would write down.</summary>
    public int[] ByMeanRate()
    {
        var hours = _logit.GetLength(0) * StepSeconds / 3600;
        double Mean(int carrier) => Enumerable.Range(0, (int)hours).Sum(hour =>
            Countries.Select((country, k) => country.Share * NetworkShares.Select((share, n) => share * Healthy(carrier, k, n, hour * 3600)).Sum()).Sum());
        return [.. Enumerable.Range(0, Carriers.Length).OrderByDescending(Mean)];
    }

    double Healthy(int carrier, int country, int network, double at)
    {
        var step = Math.Clamp((int)(at / StepSeconds), 0, _logit.GetLength(0) - 1);
        return 1 / (1 + Math.Exp(-(_logit[step, carrier, country] + _network[carrier, country, network])));
    }

    // Logits: what is fixed for carrier and country (sd 0.7) and for the network (0.25); two slow drifts (sd 0.4 over 6 h for the country, 0.2 over 12 h for the carrier);
    // and once a day, on average, a carrier's route to a country is exchanged for another one.
    void Drift(int carrier, int steps)
    {
        var (c, step) = ((ulong)carrier, StepSeconds / 3600);
        var all = Dice.Normal(Seed, 1, c) * 0.2;
        var drift = new double[Countries.Length];
        var route = new double[Countries.Length];
        for (var k = 0; k < Countries.Length; k++)
        {
            (drift[k], route[k]) = (Dice.Normal(Seed, 2, c, (ulong)k) * 0.4, Dice.Normal(Seed, 3, c, (ulong)k) * 0.7);
            for (var n = 0; n < Networks; n++)
                _network[carrier, k, n] = Dice.Normal(Seed, 4, c, (ulong)((k * Networks) + n)) * 0.25;
        }

        for (var i = 0; i < steps; i++)
        {
            all = Wander(all, 0.2, step / 12, Dice.Normal(Seed, 5, c, (ulong)i));
            for (var k = 0; k < Countries.Length; k++)
            {
                var at = (ulong)((i * Countries.Length) + k);
                drift[k] = Wander(drift[k], 0.4, step / 6, Dice.Normal(Seed, 6, c, at));
                if (Dice.Uniform(Seed, 7, c, at) < step / 24)
                    route[k] = Dice.Normal(Seed, 8, c, at) * 0.7;
                _logit[i, carrier, k] = Countries[k].Ease + Carriers[carrier].Quality + all + drift[k] + route[k];
            }
        }
    }

    // Ornstein and Uhlenbeck: forgets where it was within the time, and keeps its deviation.
    static double Wander(double value, double deviation, double step, double normal)
    {
        var keep = Math.Exp(-step);
        return (value * keep) + (deviation * Math.Sqrt(1 - (keep * keep)) * normal);
    }

    // Those that break are those that matter: the two carriers that are the best for most of the traffic at the time.
    void Break(Outages times)
    {
        Refusing = new Outage(MostUsed(times.RefusingFrom, not: -1), times.RefusingFrom, times.RefusingFrom + times.Seconds);
        Dark = new Outage(MostUsed(times.DarkFrom, not: -1), times.DarkFrom, times.DarkFrom + times.Seconds);
    }

    int MostUsed(double at, int not)
    {
        var share = new double[Carriers.Length];
        for (var k = 0; k < Countries.Length; k++)
        {
            for (var n = 0; n < Networks; n++)
            {
                var best = Enumerable.Range(0, Carriers.Length).MaxBy(carrier => carrier == not ? -1 : Healthy(carrier, k, n, at));
                share[best] += Countries[k].Share * Rhythm(Countries[k], at) * NetworkShares[n];
            }
        }

        return Array.IndexOf(share, share.Max());
    }
}

/// <summary>When carriers break, in seconds since the start, and for how long.</summary>
sealed record Outages(double RefusingFrom, double DarkFrom, double Seconds);
