using Countersign.Core.Tests.Verifications;
using CsCheck;

namespace Countersign.Adapters.Tests.Cuts;

/// <summary>A move of a game, and where the way to the store is cut while it is made.</summary>
/// <param name="Move">What the caller does.</param>
/// <param name="Cut">Null for nowhere.</param>
sealed record Turn(Move Move, Cut? Cut)
{
    /// <summary>A game of up to so many moves.</summary>
    public static Gen<List<Turn>> Game(int most, bool overDays = false) =>
        Gen.Select(Move.One(overDays), Gen.Frequency((2, (Gen<Cut?>)Gen.Const((Cut?)null)), (1, Cut.Any.Select(cut => (Cut?)cut)))).Select(parts => new Turn(parts.Item1, parts.Item2)).List[1, most];
}

/// <summary>Where a connection ends.</summary>
/// <param name="OfAnswer">In the answer, or else in the request.</param>
/// <param name="PerMille">What passes of it before, from nothing to all, 0 to 1,000.</param>
/// <param name="OfWrite">Of the first request that asks for something to be kept, or else of the first.</param>
/// <param name="Kills">The node goes with it, with all its connections; or else it loses this one and goes on.</param>
sealed record Cut(bool OfAnswer, int PerMille, bool OfWrite, bool Kills)
{
    // Often at the very ends: before the first byte, behind the last one, and without the last few.
    static readonly Gen<int> Places = Gen.Frequency((1, Gen.Const(0)), (2, Gen.Const(1000)), (2, Gen.Int[980, 999]), (5, Gen.Int[1, 979]));

    public static readonly Gen<Cut> Any = Gen.Select(Gen.Bool, Places, Gen.Frequency((3, true), (1, false)), Gen.Bool).Select(parts => new Cut(parts.Item1, parts.Item2, parts.Item3, parts.Item4));

    /// <summary>How much passes of a piece.</summary>
    public int Of(int length) => (int)((long)length * PerMille / 1000);
}
