using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.Steps;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Steps;

/// <summary>What a node remembers is what it was told, whether it fits the compact form or not, and is gone when it is over.</summary>
public sealed class RecentVerificationsTests : IDisposable
{
    static readonly Gen<DateTimeOffset> Moments = Gen.Int[0, 1_000_000_000].Select(ticks => Desk.Opening.AddTicks(ticks));

    static readonly Gen<Destination> Destinations = Gen.OneOf(
        Gen.Int[0, 99].Select(line => (Destination)PhoneNumber.Restore($"+141555501{line:00}")),
        Gen.Int[0, 999].Select(line => (Destination)PhoneNumber.Restore($"+447700900{line:000}")),
        Gen.Const((Destination)EmailAddress.Restore("someone@example.org")));

    static readonly Gen<VerificationDetails> Details = Gen.OneOf(
        Gen.Const(VerificationDetails.Nothing),
        Gen.Const(VerificationDetails.Clear),
        Gen.Const(new VerificationDetails { Locale = "fr" }),
        Gen.Const(new VerificationDetails { Risk = new RiskAssessment(40, RiskReason.NewDevice, RiskAction.Allow, null, 7) }));

    static readonly Gen<Verification> Verifications =
        from moments in Moments.Array[4]
        from to in Destinations
        from details in Details
        from sends in Gen.Int[1, 3]
        from channels in Gen.OneOf(Gen.Const(Channel.Sms), Gen.Const(Channel.Call), Gen.Const(Channel.WhatsApp)).Array[2]
        from free in Gen.Bool
        from checks in Gen.Frequency((4, Gen.Int[0, VerificationLimits.MaxChecks]), (1, Gen.Int[250, 1000]))
        from length in Gen.Int[4, 10]
        from custom in Gen.Frequency((5, Gen.Const(false)), (1, Gen.Const(true)))
        from seed in Gen.Byte.Array[16]
        select new Verification
        {
            Sid = Sid.NewOrdered("VE", moments[0], Given.Random),
            ServiceSid = Sid.NewRandom("VA", Given.Random),
            AccountSid = Sid.NewRandom("AC", Given.Random),
            To = to,
            Status = VerificationStatus.Pending,
            Channel = channels[0],
            CreatedAt = moments[0],
            UpdatedAt = moments[1],
            ExpiresAt = moments[2].AddMinutes(10),
            Checks = checks,
            Code = new CodeSeed { KeyId = checks + 1, Nonce = seed, Length = length, CustomHash = custom ? [.. seed, .. seed] : null },
            Details = details,
            Attempts = [.. Enumerable.Range(0, sends).Select(_ => new SendAttempt(Sid.NewOrdered("VL", moments[3], Given.Random), moments[3], channels[1], free))],
        };

    readonly FakeTimeProvider _time = new(Desk.Opening);
    readonly RecentVerifications _recent;

    public RecentVerificationsTests() => _recent = new RecentVerifications(_time);

    public void Dispose() => _recent.Dispose();

    [Fact]
    public void What_is_found_is_what_was_put()
    {
        Verifications.Array[1, 20].Select(Gen.Bool, Gen.Int[1, 9]).Sample((verifications, hasPlace, version) =>
        {
            var place = hasPlace ? new object() : null;
            foreach (var (index, verification) in verifications.Index())
            {
                _recent.Put(KeyOf(index), new StoredVerification(verification, version) { Place = place });
            }

            foreach (var (index, verification) in verifications.Index())
            {
                var found = _recent.Find(KeyOf(index));
                Assert.NotNull(found);
                Assert.Equal(version, found.Version);
                Assert.Same(place, found.Place);
                AssertSame(verification, found.Verification);
            }
        }, iter: 300, threads: 1);
    }

    [Fact]
    public void Whoever_was_forgotten_has_ended_or_was_never_put_is_not_found()
    {
        Verifications.Sample(verification =>
        {
            _recent.Put(KeyOf(1), new StoredVerification(verification, 1));
            _recent.Put(KeyOf(2), new StoredVerification(verification, 1));
            _recent.Forget(KeyOf(1));
            _recent.Put(KeyOf(2), new StoredVerification(verification with { Status = VerificationStatus.Approved }, 2));

            Assert.Null(_recent.Find(KeyOf(1)));
            Assert.Null(_recent.Find(KeyOf(2)));
            Assert.Null(_recent.Find(KeyOf(3)));
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void What_is_over_is_wiped_and_the_rest_stays()
    {
        Verifications.Array[2].Sample(pair =>
        {
            _recent.Put(KeyOf(1), new StoredVerification(pair[0] with { ExpiresAt = _time.GetUtcNow() }, 1));
            _recent.Put(KeyOf(2), new StoredVerification(pair[1] with { ExpiresAt = _time.GetUtcNow().AddTicks(1) }, 1));

            _recent.Sweep();

            Assert.Null(_recent.Find(KeyOf(1)));
            Assert.NotNull(_recent.Find(KeyOf(2)));
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void More_than_there_is_room_for_push_out_the_oldest_and_never_answer_for_each_other()
    {
        const int Room = 1 << 18;
        var one = Verifications.Where(verification => verification.Attempts.Length == 1).Single();
        for (var i = 0; i < Room + 5000; i++)
        {
            _recent.Put(KeyOf(i), new StoredVerification(one with { Checks = i % 5 }, i + 1));
        }

        for (var i = 0; i < 5000; i++)
        {
            Assert.Null(_recent.Find(KeyOf(i)));
        }

        var known = Enumerable.Range(5000, Room).Select(i => (Expected: i + 1, Found: _recent.Find(KeyOf(i)))).Where(pair => pair.Found is not null).ToList();
        Assert.All(known, pair => Assert.Equal(pair.Expected, pair.Found!.Version));
        Assert.InRange(known.Count, Room * 3 / 4, Room);
    }

    // As a keyed hash spreads them.
    static UInt128 KeyOf(int index)
    {
        var random = new Random(index);
        return new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64());
    }

    static void AssertSame(Verification expected, Verification found)
    {
        Assert.Equal(expected.Code.Nonce, found.Code.Nonce);
        Assert.Equal(expected.Code.CustomHash, found.Code.CustomHash);
        Assert.Equal(expected.Attempts.AsEnumerable(), found.Attempts.AsEnumerable());
        Assert.Equal((expected.To.Reveal(), expected.To.Country), (found.To.Reveal(), found.To.Country));
        Assert.Same(expected.Details, found.Details);

        Assert.Equal(Rest(expected, expected.To), Rest(found, expected.To));
    }

    /// <summary>Without what is compared by its content, above.</summary>
    static Verification Rest(Verification verification, Destination to) =>
        verification with { Code = verification.Code with { Nonce = [], CustomHash = null }, Attempts = [], To = to };
}
