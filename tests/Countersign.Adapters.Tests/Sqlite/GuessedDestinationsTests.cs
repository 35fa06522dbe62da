using Countersign.Storage.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

public sealed class GuessedDestinationsTests
{
    [Fact]
    public void Those_that_were_noted_last_are_kept()
    {
        var guessed = new GuessedDestinations(3);
        foreach (var key in (int[])[1, 2, 3, 1, 4])
            guessed.Set((UInt128)key, (UInt128)(100 + key));

        Assert.Equal([1, 3, 4], Known(guessed, 5));
    }

    [Fact]
    public void What_comes_and_goes_pushes_nothing_out()
    {
        var guessed = new GuessedDestinations(3);
        guessed.Set(1, 101);
        for (var key = 2; key < 1_000; key++)
        {
            guessed.Set((UInt128)key, 1);
            guessed.Set((UInt128)key, null);
        }

        Assert.Equal([1], Known(guessed, 1_000));
        Assert.Equal(1, guessed.Count);
    }

    static IEnumerable<int> Known(GuessedDestinations guessed, int below) => Enumerable.Range(0, below).Where(key => guessed.TryFind((UInt128)key, out _));
}
