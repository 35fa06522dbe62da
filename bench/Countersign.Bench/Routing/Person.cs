using System.Globalization;
using Countersign.Core;

namespace Countersign.Bench.Routing;

/// <summary>Someone who wants a code. Who it is, and how patient, depends on the seed and the number alone, not on what a policy does.</summary>
sealed class Person
{
    static readonly string[] AllDigits = [.. Enumerable.Range(0, World.Countries.Length * World.Networks)
        .Select(static i => string.Create(CultureInfo.InvariantCulture, $"99{i / World.Networks}{i % World.Networks}00000000"))]; // No country has +99x.

    readonly ulong _seed;

    public Person(ulong seed, ulong id, int country, double at)
    {
        (_seed, Id, Country, StartedAt) = (seed, id, country, at);
        Network = World.NetworkOf(Draw(1));
        Types = Draw(2) < World.Countries[country].Typers;
        // Median 13 s, and one in twenty is called away for a minute to four.
        TypingSeconds = (13 * Math.Exp(0.55 * Dice.Normal(seed, id, 3))) + (Draw(4) < 0.05 ? 60 + (180 * Draw(5)) : 0);
        Verification = Sid.NewOrdered("VE", SimulatedClock.Start.AddSeconds(at), new SeededSource(Dice.Mix(seed ^ id)));
    }

    public ulong Id { get; }

    public Sid Verification { get; }

    public int Country { get; }

    public int Network { get; }

    public double StartedAt { get; }

    public string Digits => AllDigits[(Country * World.Networks) + Network];

    public bool Types { get; }

    public double TypingSeconds { get; }

    /// <summary>When the first message arrived; infinity while none did.</summary>
    public double ArrivedAt { get; set; } = double.PositiveInfinity;

    public bool HasConverted { get; set; }

    public List<Send> Sends { get; } = [];

    /// <summary>A number of this person's own for a question.</summary>
    public double Draw(int question, int carrier = 0, int attempt = 0) => Dice.Uniform(_seed, Id, (ulong)question, (ulong)((carrier * 8) + attempt));

    public double DrawNormal(int question, int carrier = 0, int attempt = 0) => Dice.Normal(_seed, Id, (ulong)question, (ulong)((carrier * 8) + attempt));
}

/// <summary>A message that a carrier accepted, and what its receipt said.</summary>
sealed class Send(int carrier, double at)
{
    public int Carrier { get; } = carrier;

    public double At { get; } = at;

    public bool Delivered { get; set; }

    public bool Failed { get; set; }
}
