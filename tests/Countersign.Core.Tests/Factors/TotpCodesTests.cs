using System.Text;
using Countersign.Core.Factors;
using CsCheck;

namespace Countersign.Core.Tests.Factors;

public sealed class TotpCodesTests
{
    static readonly byte[] Sha1Key = Encoding.ASCII.GetBytes("12345678901234567890");

    /// <summary>RFC 4226, appendix D: the step is the counter.</summary>
    [Theory]
    [InlineData(0, "755224")]
    [InlineData(1, "287082")]
    [InlineData(2, "359152")]
    [InlineData(3, "969429")]
    [InlineData(4, "338314")]
    [InlineData(5, "254676")]
    [InlineData(6, "287922")]
    [InlineData(7, "162583")]
    [InlineData(8, "399871")]
    [InlineData(9, "520489")]
    public void The_codes_of_RFC_4226_come_out(long counter, string code) => Assert.Equal(code, TotpCodes.CodeOf(Binding(Sha1Key), counter));

    /// <summary>RFC 6238, appendix B, with the keys of its errata.</summary>
    [Theory]
    [InlineData(59, "94287082", "46119246", "90693936")]
    [InlineData(1111111109, "07081804", "68084774", "25091201")]
    [InlineData(1111111111, "14050471", "67062674", "99943326")]
    [InlineData(1234567890, "89005924", "91819424", "93441116")]
    [InlineData(2000000000, "69279037", "90698825", "38618901")]
    [InlineData(20000000000, "65353130", "77737706", "47863826")]
    public void The_codes_of_RFC_6238_come_out(long seconds, string sha1, string sha256, string sha512)
    {
        string Code(TotpAlgorithm algorithm, int bytes)
        {
            var key = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1234567890", 7))[..bytes]);
            var binding = Binding(key) with { Algorithm = algorithm, CodeLength = 8, Skew = 0 };
            var moment = DateTimeOffset.FromUnixTimeSeconds(seconds);
            var code = TotpCodes.CodeOf(binding, TotpCodes.StepAt(binding, moment));
            Assert.Equal(seconds / 30, TotpCodes.Match(binding, code, moment));
            Assert.Equal(seconds / 30, TotpCodes.Match(binding, $"{code[..3]} {code[3..]}", moment));
            return code;
        }

        Assert.Equal((sha1, sha256, sha512), (Code(TotpAlgorithm.Sha1, 20), Code(TotpAlgorithm.Sha256, 32), Code(TotpAlgorithm.Sha512, 64)));
    }

    [Fact]
    public void A_code_is_accepted_as_far_as_the_skew_goes_and_no_further() => Gen.Select(Gen.Int[0, 2], Gen.Int[-4, 4], Gen.Int[20, 60], Gen.Long[1_000_000_000, 4_000_000_000]).Sample((skew, off, step, seconds) =>
    {
        var binding = Binding(Sha1Key) with { Skew = skew, TimeStep = step, CodeLength = 8 };
        var now = DateTimeOffset.FromUnixTimeSeconds(seconds);
        var asked = TotpCodes.StepAt(binding, now) + off;

        var matched = TotpCodes.Match(binding, TotpCodes.CodeOf(binding, asked), now);

        Assert.Equal(Math.Abs(off) <= skew ? asked : null, matched);
    });

    [Fact]
    public void A_step_that_was_used_and_those_before_it_are_not_accepted()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        var step = TotpCodes.StepAt(Binding(Sha1Key), now);
        var used = Binding(Sha1Key) with { LastStep = step };

        Assert.Null(TotpCodes.Match(used, TotpCodes.CodeOf(used, step), now));
        Assert.Null(TotpCodes.Match(used, TotpCodes.CodeOf(used, step - 1), now));
        Assert.Equal(step + 1, TotpCodes.Match(used, TotpCodes.CodeOf(used, step + 1), now));
    }

    [Fact]
    public void With_steps_of_another_length_nothing_that_was_used_is_good_again() => Gen.Select(Gen.Int[20, 60], Gen.Int[20, 60], Gen.Long[1, 100_000_000]).Sample((before, after, last) =>
    {
        var changed = TotpCodes.WithTimeStep(Binding(Sha1Key) with { TimeStep = before, LastStep = last }, after);

        // The first step that is accepted now begins after the last moment of the one that was used.
        Assert.InRange((changed.LastStep + 1) * after, ((last + 1) * before) - 1, long.MaxValue);
        Assert.Equal(-1, TotpCodes.WithTimeStep(Binding(Sha1Key) with { TimeStep = before }, after).LastStep);
    });

    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("75522a")]
    [InlineData("⑦⑤⑤②②④")]
    public void What_is_no_code_matches_nothing(string presented) => Assert.Null(TotpCodes.Match(Binding(Sha1Key), presented, DateTimeOffset.UnixEpoch.AddSeconds(1)));

    [Fact]
    public void A_secret_is_read_as_it_is_written() => Gen.Byte.Array[TotpSecret.MinBytes, TotpSecret.MaxBytes].Sample(bytes =>
    {
        var text = TotpCodes.Base32Of(new TotpSecret(bytes));

        Assert.Equal(bytes, TotpCodes.Parse(text)!.Reveal());
        Assert.Equal(bytes, TotpCodes.Parse(text.ToLowerInvariant() + "==")!.Reveal());
    });

    [Theory]
    [InlineData("")]
    [InlineData("GEZDGNBVGY3TQOJ")]
    [InlineData("GEZDGNBVGY3TQOJ1")]
    [InlineData("GEZDGNBV GY3TQOJQ")]
    [InlineData("GEZDGNBVGY3TQOJQG")]
    public void What_is_no_secret_is_refused(string text) => Assert.Null(TotpCodes.Parse(text));

    [Fact]
    public void Secrets_tokens_and_identities_print_masked()
    {
        Assert.True(EntityIdentity.TryParse("somebody-0042", out var identity));

        Assert.Equal("••••••", new TotpSecret(Sha1Key).ToString());
        Assert.Equal("••••••", new PushToken("abc").ToString());
        Assert.Equal("••••••42", identity.ToString());
        Assert.DoesNotContain("somebody", $"{new { identity }}", StringComparison.Ordinal);
    }

    static TotpBinding Binding(byte[] key) => new() { Secret = new TotpSecret(key) };
}
