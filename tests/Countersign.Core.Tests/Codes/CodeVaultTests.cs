using Countersign.Core.Codes;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;
using CsCheck;

namespace Countersign.Core.Tests.Codes;

public sealed class CodeVaultTests
{
    readonly CodeVault _vault = new(Rings.WithKeys(1), new ReplayedRandom());

    [Fact]
    public void A_code_has_the_digits_that_were_asked_for()
    {
        Gen.Int[CodeVault.MinLength, CodeVault.MaxLength].Sample(
            length => Assert.Matches($"^[0-9]{{{length}}}$", _vault.Derive(_vault.NewSeed(length), "").Reveal()), iter: 2000);
    }

    [Fact]
    public void A_code_matches_in_groups_and_in_digits_of_another_script()
    {
        var seed = _vault.NewSeed(6);
        var code = _vault.Derive(seed, "").Reveal();
        var chosen = seed with { CustomHash = _vault.HashCustom(seed, "Ab12Cd", "") };

        Assert.True(_vault.Matches(seed, $"{code[..3]} {code[3..]}\n", ""));
        Assert.True(_vault.Matches(seed, string.Concat(code.Select(digit => (char)(digit - '0' + 0x0660))), ""));
        Assert.False(_vault.Matches(seed, $"{code[..3]} {code[3..]}0", ""));
        Assert.False(_vault.Matches(seed, $"{code[..3]}.{code[3..]}", ""));
        Assert.True(_vault.Matches(chosen, "ab1-2cd", ""));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(11)]
    public void Other_lengths_are_refused(int length)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _vault.Derive(_vault.NewSeed(length), ""));
    }

    [Fact]
    public void A_seed_gives_the_same_code_whoever_asks()
    {
        var seed = _vault.NewSeed(10);

        var elsewhere = new CodeVault(Rings.WithKeys(1), new ReplayedRandom(99));

        Assert.Equal(_vault.Derive(seed, "").Reveal(), elsewhere.Derive(seed with { Nonce = [.. seed.Nonce] }, "").Reveal());
    }

    [Fact]
    public void Another_nonce_key_length_or_binding_gives_another_code()
    {
        var seed = _vault.NewSeed(10);
        var otherKey = new CodeVault(new KeyRing([(1, Rings.Secret(4))], 1, 1), new ReplayedRandom());

        string[] codes =
        [
            _vault.Derive(seed, "").Reveal(),
            _vault.Derive(seed with { Nonce = [.. seed.Nonce.Select((value, index) => index == 15 ? (byte)(value ^ 1) : value)] }, "").Reveal(),
            otherKey.Derive(seed, "").Reveal(),
            _vault.Derive(seed with { Length = 9 }, "").Reveal(),
            _vault.Derive(seed, "10 EUR\u001fShop").Reveal(),
            _vault.Derive(seed, "10 EUR\u001fShoq").Reveal(),
            _vault.Derive(seed, new string('x', 5000)).Reveal(),
            _vault.Derive(seed, new string('x', 5001)).Reveal(),
        ];

        Assert.Equal(codes.Length, codes.Select(code => code[..9]).Distinct().Count());
    }

    [Fact]
    public void A_rotated_ring_still_derives_the_codes_made_before()
    {
        var seed = _vault.NewSeed(8);
        var rotated = new CodeVault(Rings.WithKeys(2), new ReplayedRandom());

        Assert.Equal(_vault.Derive(seed, "b").Reveal(), rotated.Derive(seed, "b").Reveal());
        Assert.Equal(2, rotated.NewSeed(8).KeyId);
    }

    [Fact]
    public void A_seed_whose_key_is_gone_has_no_code()
    {
        var seed = new CodeVault(Rings.WithKeys(2), new ReplayedRandom()).NewSeed(6);

        Assert.Throws<UnknownKeyException>(() => _vault.Derive(seed, ""));
    }

    [Fact]
    public void Only_the_derived_code_matches_a_seed()
    {
        Gen.Int[CodeVault.MinLength, CodeVault.MaxLength].Sample(
            length =>
            {
                var seed = _vault.NewSeed(length);
                var code = _vault.Derive(seed, "").Reveal();
                var wrong = $"{(char)('0' + (code[0] - '0' + 1) % 10)}{code[1..]}";

                Assert.True(_vault.Matches(seed, code, ""));
                Assert.All([wrong, code[1..], code + "0", "0" + code, "." + code, ""], typed => Assert.False(_vault.Matches(seed, typed, "")));
            },
            iter: 500);
    }

    [Fact]
    public void Of_a_custom_code_only_a_hash_is_kept_that_matches_it_alone()
    {
        var seed = _vault.NewSeed(6);
        var custom = seed with { CustomHash = _vault.HashCustom(seed, "a1B2c3", "") };

        Assert.True(_vault.Matches(custom, "a1B2c3", ""));
        Assert.All(["b1B2c3", "a1B2c", "a1B2c34", "", _vault.Derive(seed, "").Reveal()], typed => Assert.False(_vault.Matches(custom, typed, "")));
        Assert.False(_vault.Matches(custom, "a1B2c3", "other binding"));
    }

    [Theory]
    [InlineData("ab3d", "AB3D", true)]
    [InlineData("AB3D", "ab3d", true)]
    [InlineData("aB3d", "Ab3D", true)]
    [InlineData("Zz09", "zZ09", true)]
    [InlineData("kiss", "\u212aiss", false)]
    [InlineData("kiss", "ki\u017f\u017f", false)]
    [InlineData("kiss", "k\u0131ss", false)]
    [InlineData("AB3D", "AB3\u0004", false)]
    [InlineData("AB30", "AB3P", false)]
    public void Letters_of_a_custom_code_are_good_in_either_case_and_in_no_other_alphabet(string code, string typed, bool matches)
    {
        var seed = _vault.NewSeed(code.Length);

        Assert.Equal(matches, _vault.Matches(seed with { CustomHash = _vault.HashCustom(seed, code, "") }, typed, ""));
    }

    [Fact]
    public void A_custom_code_that_a_server_of_before_kept_is_good_as_it_was_written()
    {
        var seed = _vault.NewSeed(4);
        var custom = seed with { CustomHash = _vault.HashAsWritten(seed, "ab3d", "") };

        Assert.True(_vault.Matches(custom, "ab3d", ""));
        Assert.All(["ab3e", "AB3E", ""], typed => Assert.False(_vault.Matches(custom, typed, "")));
    }

    [Fact]
    public void A_binding_is_compared_to_the_letter()
    {
        var seed = _vault.NewSeed(4);
        var custom = seed with { CustomHash = _vault.HashCustom(seed, "AB3D", "Shop") };

        Assert.True(_vault.Matches(custom, "ab3d", "Shop"));
        Assert.False(_vault.Matches(custom, "ab3d", "SHOP"));
    }

    [Fact]
    public void A_custom_hash_is_keyed_and_salted()
    {
        var seed = _vault.NewSeed(6);
        var otherKey = new CodeVault(new KeyRing([(1, Rings.Secret(4))], 1, 1), new ReplayedRandom());

        byte[][] hashes = [_vault.HashCustom(seed, "123456", ""), _vault.HashCustom(_vault.NewSeed(6), "123456", ""), otherKey.HashCustom(seed, "123456", "")];

        Assert.Equal(3, hashes.Select(Convert.ToHexString).Distinct().Count());
    }
}
