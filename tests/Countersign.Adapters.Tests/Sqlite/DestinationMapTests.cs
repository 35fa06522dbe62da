using Countersign.Core.Tests.Verifications;
using Countersign.Storage.Sqlite;
using CsCheck;

namespace Countersign.Adapters.Tests.Sqlite;

public sealed class DestinationMapTests
{
    const int Keys = 12, Lifetime = 600;

    /// <summary>One batch of the writer: what it sets, whether it is rolled back, and how long after the one before.</summary>
    static readonly Gen<(int[] Sets, bool Undone, int Seconds)> Batch = Gen.Select(
        Gen.Int[0, Keys - 1].Array[0, 6], Gen.Frequency((3, false), (1, true)), Gen.Frequency((6, 1), (1, 200), (1, 601)));

    [Fact]
    public void It_answers_like_a_dictionary_except_that_it_may_forget_what_ended()
    {
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 8], Batch.List[1, 80]).Sample(
            (generationSize, remembered, batches) =>
            {
                var map = new DestinationMap(generationSize, remembered);
                var model = new Dictionary<int, (UInt128 Sid, DateTimeOffset ExpiresAt)>();
                var (now, next) = (Desk.Opening, (UInt128)1);

                foreach (var (sets, undone, seconds) in batches)
                {
                    now = now.AddSeconds(seconds);
                    var undo = new Stack<DestinationMap.Change>();
                    foreach (var key in sets)
                    {
                        undo.Push(map.Set((UInt128)key, next, now.AddSeconds(Lifetime), now));
                        if (!undone)
                            model[key] = (next, now.AddSeconds(Lifetime));
                        next++;
                    }

                    while (undone && undo.TryPop(out var set))
                        map.Undo(set);
                    AssertSame(model, map, now);
                }
            },
            iter: 5000);
    }

    [Fact]
    public void What_ended_is_forgotten_in_the_end()
    {
        var map = new DestinationMap(generationSize: 100, remembered: 300);

        for (var number = 0; number < 100_000; number++)
            map.Set((UInt128)number, (UInt128)(number + 1), Desk.Opening.AddSeconds(number + Lifetime), Desk.Opening.AddSeconds(number));

        Assert.InRange(map.Count, 300 + Lifetime / 2, Lifetime + 300 + 200);
    }

    [Fact]
    public void What_lives_is_kept_however_many_there_are()
    {
        var map = new DestinationMap(generationSize: 10, remembered: 20);

        for (var number = 0; number < 5_000; number++)
            map.Set((UInt128)number, (UInt128)(number + 1), Desk.Opening.AddSeconds(Lifetime), Desk.Opening);

        Assert.All(Enumerable.Range(0, 5_000), number => Assert.True(map.TryFind((UInt128)number, out _)));
    }

    [Fact]
    public void What_is_guessed_at_is_kept_however_many_come_after_it_until_it_no_longer_is()
    {
        var map = new DestinationMap(generationSize: 10, remembered: 20);
        map.Set(1, 101, Desk.Opening, Desk.Opening, wrongGuesses: 7);
        map.Set(2, 102, Desk.Opening, Desk.Opening);
        var undone = map.Set(3, 103, Desk.Opening, Desk.Opening, wrongGuesses: 1);
        map.Undo(undone);
        PassBy();

        Assert.Equal((true, (UInt128)101, false, false), (map.TryFind(1, out var sid), sid, map.TryFind(2, out _), map.TryFind(3, out _)));

        map.Undo(map.SetGuesses(1, 104, 3));
        map.Undo(map.SetGuesses(1, 104, 0));
        Assert.Equal((true, (UInt128)101), (map.TryFind(1, out sid), sid));

        map.Undo(map.Set(1, 104, Desk.Opening, Desk.Opening));
        Assert.Equal((true, (UInt128)101), (map.TryFind(1, out sid), sid));

        map.Set(1, 105, Desk.Opening, Desk.Opening);
        PassBy();
        Assert.False(map.TryFind(1, out _));

        void PassBy()
        {
            for (var number = 0; number < 1_000; number++)
                map.Set((UInt128)(1_000 + number), 1, Desk.Opening, Desk.Opening.AddSeconds(1));
        }
    }

    [Fact]
    public void Who_guesses_often_is_not_forgotten_for_all_that_mistype()
    {
        var map = new DestinationMap(generationSize: 10, remembered: 20);
        map.SetGuesses(1, 101, 5);
        map.SetGuesses(2, 102, 4);

        for (var number = 0; number < 262_144; number++)
            map.SetGuesses((UInt128)(1_000 + number), 1, 1);

        Assert.True(map.TryFind(1, out _));
        Assert.False(map.TryFind(2, out _));
    }

    static void AssertSame(Dictionary<int, (UInt128 Sid, DateTimeOffset ExpiresAt)> model, DestinationMap map, DateTimeOffset now)
    {
        for (var key = 0; key < Keys; key++)
        {
            var found = map.TryFind((UInt128)key, out var sid);
            var expected = model.TryGetValue(key, out var entry);
            if (found || (expected && entry.ExpiresAt >= now))
                Assert.Equal((expected, entry.Sid), (found, sid));
        }
    }
}
