using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Privacy;

namespace Countersign.Core.Tests.Privacy;

public sealed class SecretHasherTests
{
    static readonly ApiSecret Secret = new("d41d8cd98f00b204e9800998ecf8427e");

    readonly SecretHasher _hasher = new(Rings.WithKeys(1));

    [Fact]
    public void The_right_secret_matches()
    {
        Assert.True(_hasher.Matches(_hasher.Hash(Secret), Secret.Reveal()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e0")]
    [InlineData("D41D8CD98F00B204E9800998ECF8427E")]
    [InlineData("e41d8cd98f00b204e9800998ecf8427e")]
    public void Any_other_text_does_not(string presented)
    {
        Assert.False(_hasher.Matches(_hasher.Hash(Secret), presented));
    }

    [Fact]
    public void Nobody_matches_nothing()
    {
        Assert.All(["", Secret.Reveal(), new string('\0', 32)], presented => Assert.False(_hasher.Matches(null, presented)));
    }

    [Fact]
    public void A_hash_made_before_a_rotation_still_matches_after_it()
    {
        var before = _hasher.Hash(Secret);

        var rotated = new SecretHasher(Rings.WithKeys(2));

        Assert.True(rotated.Matches(before, Secret.Reveal()));
        Assert.NotEqual(before.Hash, rotated.Hash(Secret).Hash);
    }

    [Fact]
    public void The_hash_is_keyed()
    {
        var other = new SecretHasher(new KeyRing([(1, Rings.Secret(9))], 1, 1));

        Assert.NotEqual(_hasher.Hash(Secret).Hash, other.Hash(Secret).Hash);
        Assert.NotEqual(SHA256.HashData(Encoding.UTF8.GetBytes(Secret.Reveal())), _hasher.Hash(Secret).Hash);
    }
}
