namespace Countersign.Core.Guard.Fraud;

/// <summary>How much Fraud Guard may remember on a node, and about which numbers. Memory is taken as traffic fills it, and never more than this.</summary>
public sealed class FraudOptions
{
    /// <summary>Counts kept of narrow things (blocks of up to ten thousand numbers, networks), 48 bytes and a key of 8 each, as a power of two: 10 to 24. Default 18, which is 14 MB.</summary>
    public int NarrowBits { get; init; } = 18;

    /// <summary>Counts kept of wide things (ranges of operators, countries, services), 48 bytes and a key of 8 each, as a power of two: 8 to 22. Default 16, which is 3.5 MB.</summary>
    public int WideBits { get; init; } = 16;

    /// <summary>Numbers remembered, 24 bytes each, as a power of two: 10 to 24. Default 18, which is 6 MB.</summary>
    public int NumberBits { get; init; } = 18;

    /// <summary>Of the starts that a hot range would refuse, one in this many goes out, so that it can be seen whether codes are typed back again; 0 for none. A quarter as many where nobody answered for a day. Default 40.</summary>
    public int ProbeEvery { get; init; } = 40;

    /// <summary>Judges numbers that are reserved for fiction too, which cost nothing. For simulations. Default false.</summary>
    public bool JudgesFictional { get; init; }
}
