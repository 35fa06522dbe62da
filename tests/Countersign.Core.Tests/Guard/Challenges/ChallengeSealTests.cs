using System.Globalization;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Core.Tests.Guard.Challenges;

public sealed class ChallengeSealTests
{
    static readonly Sid Service = Sid.Parse("VA0123456789abcdef0123456789abcdef", "VA");
    static readonly Sid OtherService = Sid.Parse("VAfedcba9876543210fedcba9876543210", "VA");
    static readonly UInt128 Key = new(0x0123456789abcdef, 0xfedcba9876543210);
    static readonly long Expires = Desk.Opening.AddMinutes(10).ToUnixTimeSeconds();

    readonly ChallengeSeal _seal = new(Rings.WithKeys(1), new ReplayedRandom());

    Challenge New() => _seal.New(Service, Key, 0, Expires);

    [Fact]
    public void A_solution_says_what_it_is_for_and_until_when()
    {
        var challenge = New();

        Assert.Null(_seal.Open(Service, Work.Payload(challenge), out var solved));

        Assert.Equal((Key, Expires), (solved.Key, solved.Expires));
        Assert.Matches($@"\A[0-9a-f]{{24}}\?expires={Expires.ToString(CultureInfo.InvariantCulture)}&effort=0&\z", challenge.Salt);
        Assert.Equal((64, 64, 20_000), (challenge.Hash.Length, challenge.Signature.Length, challenge.MaxNumber));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_solution_says_how_much_work_it_was(int level)
    {
        Assert.Null(_seal.Open(Service, Work.Payload(_seal.New(Service, Key, level, Expires)), out var solved));

        Assert.Equal(level, solved.Level);
    }

    [Fact]
    public void Any_other_number_is_wrong()
    {
        var challenge = New();
        var number = Work.Solve(challenge);

        foreach (var other in new[] { number - 1, number + 1, 0, challenge.MaxNumber + 1, int.MaxValue }.Where(other => other >= 0 && other != number))
        {
            Assert.Equal(ChallengeProblem.Wrong, _seal.Open(Service, Work.Payload(challenge, other.ToString(CultureInfo.InvariantCulture)), out _));
        }
    }

    [Fact]
    public void Any_change_of_any_byte_is_refused()
    {
        var challenge = New();
        var payload = Work.Payload(challenge);
        Assert.Null(_seal.Open(Service, payload, out var solved));
        var json = Work.Decode(payload);

        for (var at = 0; at < json.Length; at++)
        {
            foreach (var other in "0aA9f&?= \"\\,{}:z")
            {
                if (other == json[at])
                {
                    continue;
                }

                var problem = _seal.Open(Service, Work.Encode(json[..at] + other + json[(at + 1)..]), out _);
                Assert.True(problem is ChallengeProblem.Malformed or ChallengeProblem.Wrong, $"{other} at {at}");
            }

            Assert.NotNull(_seal.Open(Service, Work.Encode(json.Remove(at, 1)), out _));
        }

        for (var at = 0; at < payload.Length; at++)
        {
            var mutated = payload[..at] + (payload[at] == 'A' ? 'B' : 'A') + payload[(at + 1)..];

            // The last characters of base64 may have bits that mean nothing: then it is the same solution, which is good once.
            Assert.True(_seal.Open(Service, mutated, out var same) is not null || same == solved);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"text\"")]
    [InlineData("{\"algorithm\":\"SHA-256\"}")]
    [InlineData("\u0000\uffff")]
    [InlineData("{\"salt\":\"\\ud800\"}")]
    public void What_is_no_solution_is_malformed(string json) => Assert.Equal(ChallengeProblem.Malformed, _seal.Open(Service, Work.Encode(json), out _));

    [Theory]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("1e3")]
    [InlineData("1.0")]
    [InlineData("007")]
    [InlineData("\"7\"")]
    [InlineData("null")]
    [InlineData("[7]")]
    [InlineData("2147483648")]
    [InlineData("99999999999999999999999999")]
    public void A_number_is_a_whole_number_written_plainly(string number) =>
        Assert.Equal(ChallengeProblem.Malformed, _seal.Open(Service, Work.Payload(New(), number), out _));

    [Theory]
    [InlineData("algorithm", "\"SHA-256\"")]
    [InlineData("number", "7")]
    [InlineData("number", "{}")]
    [InlineData("salt", "\"x\"")]
    [InlineData("challenge", "\"x\"")]
    [InlineData("signature", "null")]
    public void A_member_that_comes_twice_makes_it_malformed(string name, string value)
    {
        var challenge = New();

        Assert.Equal(ChallengeProblem.Malformed, _seal.Open(Service, Work.Payload(challenge, Work.Solve(challenge).ToString(CultureInfo.InvariantCulture), $",\"{name}\":{value}"), out _));
    }

    [Fact]
    public void What_the_widget_adds_is_passed_over_and_escapes_are_read()
    {
        var challenge = New();
        var number = Work.Solve(challenge).ToString(CultureInfo.InvariantCulture);

        Assert.Null(_seal.Open(Service, Work.Payload(challenge, number, ",\"took\":1234,\"test\":false,\"more\":{\"a\":[1]}"), out _));
        Assert.Null(_seal.Open(Service, Work.Encode(Work.Decode(Work.Payload(challenge)).Replace("?", "\\u003f", StringComparison.Ordinal)), out _));
        Assert.Null(_seal.Open(Service, Work.Payload(challenge).Replace('+', ' '), out _));
    }

    [Fact]
    public void Too_much_is_malformed_without_being_read()
    {
        Assert.Equal(ChallengeProblem.Malformed, _seal.Open(Service, new string('A', 1 << 20), out _));
        Assert.Equal(ChallengeProblem.Malformed, _seal.Open(Service, Work.Payload(New(), "1", $",\"x\":\"{new string('x', 800)}\""), out _));
        Assert.Equal(ChallengeProblem.Malformed, _seal.Open(Service, Work.Payload(New(), "1", ",\"x\":[[[[[[[[]]]]]]]]"), out _));
    }

    [Theory]
    [InlineData("expires={0}&", "expires=9999999999&")]
    [InlineData("expires={0}&", "expires={0}&expires=9999999999&")]
    [InlineData("expires={0}&", "expires=9999999999&expires={0}&")]
    [InlineData("effort=0&", "effort=0&expires=9999999999&")]
    [InlineData("effort=0&", "effort=6&")]
    [InlineData("effort=0&", "effort=0")]
    public void A_salt_with_other_parameters_is_wrong_though_it_be_solved(string from, string to)
    {
        var expires = Expires.ToString(CultureInfo.InvariantCulture);
        var challenge = New();
        var number = Work.Solve(challenge).ToString(CultureInfo.InvariantCulture);
        var salt = challenge.Salt.Replace(from.Replace("{0}", expires, StringComparison.Ordinal), to.Replace("{0}", expires, StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.NotEqual(challenge.Salt, salt);
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($"{salt}{number}")));

        Assert.Equal(ChallengeProblem.Wrong, _seal.Open(Service, Work.Payload(challenge with { Salt = salt }, number), out _));
        Assert.Equal(ChallengeProblem.Wrong, _seal.Open(Service, Work.Payload(challenge with { Salt = salt, Hash = hash }, number), out _));
    }

    [Fact]
    public void Digits_cannot_move_from_the_number_into_the_salt()
    {
        var (challenge, number) = Enumerable.Range(0, 20).Select(_ => New()).Select(made => (made, Work.Solve(made))).First(pair => pair.Item2 > 10);
        var digits = number.ToString(CultureInfo.InvariantCulture);

        Assert.NotNull(_seal.Open(Service, Work.Payload(challenge with { Salt = challenge.Salt + digits[0] }, digits[1..].TrimStart('0') is { Length: > 0 } rest ? rest : "0"), out _));
    }

    [Fact]
    public void Another_service_and_another_key_ring_know_nothing_of_it()
    {
        var payload = Work.Payload(New());

        Assert.Equal(ChallengeProblem.Wrong, _seal.Open(OtherService, payload, out _));
        var foreign = new Core.Privacy.KeyRing([(1, Rings.Secret(9))], 1, 1);
        Assert.Equal(ChallengeProblem.Wrong, new ChallengeSeal(foreign, new ReplayedRandom()).Open(Service, payload, out _));
    }

    [Fact]
    public void A_node_before_and_a_node_after_a_rotation_understand_each_other()
    {
        var after = new ChallengeSeal(Rings.WithKeys(2), new ReplayedRandom(2));

        Assert.Null(after.Open(Service, Work.Payload(New()), out var solved));
        Assert.Equal(Key, solved.Key);

        // Added to the ring everywhere before it is made the active one.
        var told = new ChallengeSeal(new Core.Privacy.KeyRing([(1, Rings.Secret(1)), (2, Rings.Secret(2))], 1, 1), new ReplayedRandom(3));
        Assert.Null(told.Open(Service, Work.Payload(after.New(Service, Key, 0, Expires)), out solved));
        Assert.Equal(Key, solved.Key);
    }

    [Fact]
    public void Two_challenges_for_one_destination_have_nothing_in_common()
    {
        var (one, two) = (New(), New());

        Assert.NotEqual(one.Salt[..24], two.Salt[..24]);
        Assert.NotEqual(one.Signature[..32], two.Signature[..32]);
        Assert.NotEqual(one.Signature[32..], two.Signature[32..]);
        Assert.DoesNotContain(Key.ToString("x32", CultureInfo.InvariantCulture), one.Signature, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_level_doubles_the_work_and_numbers_are_spread_over_all_of_it()
    {
        Assert.Equal([20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 1_280_000, 2_560_000, 5_120_000],
            Enumerable.Range(0, Challenge.MaxLevel + 1).Select(level => _seal.New(Service, Key, level, Expires).MaxNumber));

        var quarters = Enumerable.Range(0, 120).Select(_ => Work.Solve(New()) / 5_000).CountBy(quarter => Math.Min(quarter, 3)).ToDictionary();

        // 30 each on average; 10 is more than four deviations away.
        Assert.All(Enumerable.Range(0, 4), quarter => Assert.InRange(quarters.GetValueOrDefault(quarter), 10, 60));
    }
}
