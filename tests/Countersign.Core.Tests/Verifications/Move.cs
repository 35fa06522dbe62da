using CsCheck;

namespace Countersign.Core.Tests.Verifications;

/// <summary>What a move does.</summary>
enum MoveKind
{
    Start,
    CheckByPhone,
    CheckBySid,
    CheckByBoth,
    EndByPhone,
    EndBySid,
    FetchByPhone,
    FetchBySid,
    Wait,
    Reopen,
}

/// <summary>Whose code is typed.</summary>
enum Typed
{
    TheRightOne,
    AWrongOne,
    ThatOfAnother,
}

/// <summary>One move of a game between a caller and the service. Numbers of verifications are taken modulo how many there are.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Phone">0 to 2.</param>
/// <param name="Which">The verification meant, in the order they were started.</param>
/// <param name="Typed">What a check types.</param>
/// <param name="Other">The verification whose code a check types.</param>
/// <param name="Custom">The caller's own code in a start; null to have one made.</param>
/// <param name="Approve">Whether an end approves or cancels.</param>
/// <param name="Milliseconds">How long a wait is.</param>
sealed record Move(MoveKind Kind, int Phone, int Which, Typed Typed, int Other, string? Custom, bool Approve, int Milliseconds)
{
    /// <summary>Every move takes a moment, so that no two verifications start in the same millisecond.</summary>
    public const int Moment = 1;

    static readonly Gen<MoveKind> Kinds = Gen.Frequency(
        (12, MoveKind.Start), (14, MoveKind.CheckByPhone), (6, MoveKind.CheckBySid), (2, MoveKind.CheckByBoth), (2, MoveKind.EndByPhone), (1, MoveKind.EndBySid),
        (2, MoveKind.FetchByPhone), (3, MoveKind.FetchBySid), (5, MoveKind.Wait), (1, MoveKind.Reopen));

    static readonly Gen<Typed> Codes = Gen.Frequency((1, Typed.TheRightOne), (5, Typed.AWrongOne), (1, Typed.ThatOfAnother));

    static readonly Gen<string?> CustomCodes = Gen.Frequency((12, (string?)null), (1, "a1B2c3"), (1, "77007700"));

    static readonly Gen<int> Waits = Gen.OneOf(1, 500, 1_000, 59_900, 299_999, 300_000, 598_990, 599_999, 600_000, 601_000, 3_600_000);

    /// <summary>With them, what is remembered for days runs out as well.</summary>
    static readonly Gen<int> LongWaits = Gen.OneOf(600_000, 1_200_000, 2_399_999, 4_800_000, 14_400_000, 86_400_000, 604_799_000, 604_801_000);

    /// <summary>A game of up to so many moves.</summary>
    public static Gen<List<Move>> Game(int most, bool overDays = false) => One(overDays).List[1, most];

    /// <summary>Any move.</summary>
    public static Gen<Move> One(bool overDays = false) => Gen.Select(
            Kinds, Gen.Int[0, 2], Gen.Int[0, 9], Codes, Gen.Int[0, 9], CustomCodes, Gen.Bool, overDays ? Gen.Frequency((1, Waits), (1, LongWaits)) : Waits)
        .Select(parts => new Move(parts.Item1, parts.Item2, parts.Item3, parts.Item4, parts.Item5, parts.Item6, parts.Item7, parts.Item8));
}
