using Countersign.Core.Guard.Remembering;
using CsCheck;

namespace Countersign.Core.Tests.Guard.Remembering;

public sealed class SetKeysTests
{
    /// <summary>Against a list that is searched from the front. Few keys, so that one may lie at several places, and the neighbouring sets have them too.</summary>
    [Fact]
    public void The_first_place_of_its_set_that_has_the_key_is_found_and_no_other() =>
        Gen.Select(Gen.ULong[0, 6].Array[24], Gen.Int[0, 2], Gen.ULong[0, 7]).Sample((kept, set, key) =>
        {
            var keys = new SetKeys(kept.Length);
            for (var place = 0; place < kept.Length; place++)
                keys[place] = kept[place] * 0x9E3779B97F4A7C15;

            var expected = Array.IndexOf(kept, key, set * SetKeys.Ways, SetKeys.Ways);
            return keys.Find(set, key * 0x9E3779B97F4A7C15) == expected;
        });
}
