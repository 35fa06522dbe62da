using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Privacy;
using CsCheck;

namespace Countersign.Core.Tests.Privacy;

public sealed class SealerTests
{
    static readonly byte[] Plain = Encoding.UTF8.GetBytes("+14155550123");
    static readonly byte[] Row = Encoding.ASCII.GetBytes("VE0123456789abcdef0123456789abcdef");

    readonly Sealer _sealer = new(Rings.WithKeys(2), new ReplayedRandom());

    [Fact]
    public void What_was_sealed_opens_again()
    {
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 40]).Sample(
            (plain, context) => Assert.Equal(plain, _sealer.Open(_sealer.Seal(plain, context), context)), iter: 500);
    }

    [Fact]
    public void A_change_of_any_bit_is_noticed()
    {
        var whole = _sealer.Seal(Plain, Row);

        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var changed = whole.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.ThrowsAny<CryptographicException>(() => _sealer.Open(changed, Row));
        }
    }

    [Fact]
    public void A_seal_cut_off_or_lengthened_does_not_open()
    {
        var whole = _sealer.Seal(Plain, Row);

        for (var length = 0; length < whole.Length; length++)
            Assert.ThrowsAny<CryptographicException>(() => _sealer.Open(whole.AsSpan(0, length), Row));
        Assert.ThrowsAny<CryptographicException>(() => _sealer.Open([.. whole, 0], Row));
    }

    [Fact]
    public void A_seal_does_not_open_on_another_row()
    {
        var whole = _sealer.Seal(Plain, Row);

        Assert.ThrowsAny<CryptographicException>(() => _sealer.Open(whole, []));
        Assert.ThrowsAny<CryptographicException>(() => _sealer.Open(whole, Encoding.ASCII.GetBytes("VE0123456789abcdef0123456789abcdee")));
    }

    [Fact]
    public void The_same_text_seals_differently_each_time()
    {
        var nonces = Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(_sealer.Seal(Plain, Row).AsSpan(4, 12))).ToHashSet();

        Assert.Equal(1000, nonces.Count);
    }

    [Fact]
    public void A_seal_made_before_a_rotation_still_opens_and_new_ones_use_the_new_key()
    {
        var old = new Sealer(Rings.WithKeys(1), new ReplayedRandom()).Seal(Plain, Row);

        Assert.Equal(Plain, _sealer.Open(old, Row));
        Assert.Equal([2, 0, 0, 0], _sealer.Seal(Plain, Row)[..4]);
    }

    [Fact]
    public void A_seal_of_a_key_that_is_gone_says_so()
    {
        var whole = _sealer.Seal(Plain, Row);
        var poorer = new Sealer(Rings.WithKeys(1), new ReplayedRandom());

        var problem = Assert.Throws<UnknownKeyException>(() => poorer.Open(whole, Row));

        Assert.Contains("no key 2", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_threads_may_seal_and_open_at_once()
    {
        await Parallel.ForAsync(0, 2000, (number, _) =>
        {
            var plain = BitConverter.GetBytes(number);
            Assert.Equal(plain, _sealer.Open(_sealer.Seal(plain, Row), Row));
            return ValueTask.CompletedTask;
        });
    }
}
