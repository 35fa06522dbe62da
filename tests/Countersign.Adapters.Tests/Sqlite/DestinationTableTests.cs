using Countersign.Storage.Sqlite;
using CsCheck;

namespace Countersign.Adapters.Tests.Sqlite;

public sealed class DestinationTableTests
{
    // Few places to begin at, around the end of the smallest table too, so that keys stand in each other's way.
    static readonly Gen<UInt128> Key = Gen.Select(Gen.OneOf(Gen.Int[0, 2], Gen.Int[62, 63]), Gen.Int[0, 9], (home, nth) => (UInt128)(home + (64 * 1024 * nth)));

    static readonly Gen<(UInt128 Key, int Sid)> Change = Gen.Select(Key, Gen.Frequency((2, Gen.Int[1, 1000]), (1, Gen.Const(0))));

    [Fact]
    public void It_answers_like_a_dictionary()
    {
        Change.List[0, 200].Sample(
            changes =>
            {
                var table = new DestinationTable();
                var model = new Dictionary<UInt128, UInt128>();
                foreach (var (key, sid) in changes)
                {
                    if (sid == 0)
                    {
                        if (model.Remove(key))
                            table.Remove(key);
                    }
                    else
                    {
                        Assert.Equal(model.GetValueOrDefault(key), table.Set(key, (UInt128)sid));
                        model[key] = (UInt128)sid;
                    }

                    Assert.Equal(model.Count, table.Count);
                }

                foreach (var (key, _) in changes)
                {
                    table.Expect(key);
                    Assert.Equal((model.TryGetValue(key, out var expected), expected), (table.TryFind(key, out var sid), sid));
                }
            },
            iter: 20_000);
    }
}
