using Countersign.Core.Guard.Challenges;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Core.Tests.Guard.Challenges;

/// <summary>What the memory of spent and handed-in challenges, and of how many were asked for, does when it is full.</summary>
public sealed class ChallengeMemoryTests
{
    const long Now = 1_800_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void However_full_the_memory_none_is_spent_twice(int seed)
    {
        var random = new Random(seed);
        var memory = new SpentChallenges(capacity: 16);
        var spent = new HashSet<(ulong, long)>();
        var given = new List<SolvedChallenge>();

        for (var step = 0; step < 20_000; step++)
        {
            var now = Now + (step / 20);
            var solved = given.Count > 0 && random.Next(2) == 0
                ? given[random.Next(given.Count)]
                : new SolvedChallenge(1, (ulong)random.NextInt64(), now + random.Next(1, 600));
            given.Add(solved);
            if (random.Next(8) == 0 && spent.Contains((solved.Id, solved.Expires)) && memory.Look(solved, now) == ChallengeProblem.Used)
            {
                memory.GiveBack(solved);
                spent.Remove((solved.Id, solved.Expires));
            }
            else if (memory.TrySpend(solved, now) is null)
            {
                Assert.True(spent.Add((solved.Id, solved.Expires)), "spent twice");
                Assert.True(solved.Expires > now);
            }

            Assert.InRange(memory.Count, 0, 16);
        }

        Assert.True(spent.Count > 100, $"only {spent.Count} were spent");
    }

    [Fact]
    public void A_full_memory_gives_up_those_that_expire_first_and_takes_later_ones()
    {
        var memory = new SpentChallenges(capacity: 4);
        for (var i = 0; i < 6; i++)
        {
            Assert.Null(memory.TrySpend(new SolvedChallenge(1, (ulong)i, Now + 100 + i), Now));
        }

        Assert.Equal(4, memory.Count);
        Assert.Equal(Now + 101, memory.Floor);
        Assert.Equal(ChallengeProblem.Expired, memory.TrySpend(new SolvedChallenge(1, 0, Now + 100), Now));
        Assert.Equal(ChallengeProblem.Expired, memory.TrySpend(new SolvedChallenge(1, 99, Now + 101), Now));
        Assert.Equal(ChallengeProblem.Used, memory.TrySpend(new SolvedChallenge(1, 5, Now + 105), Now));
        Assert.Null(memory.TrySpend(new SolvedChallenge(1, 99, Now + 102), Now));
    }

    [Fact]
    public void What_has_expired_is_forgotten()
    {
        var memory = new SpentChallenges();
        for (var i = 0; i < 1000; i++)
        {
            memory.TrySpend(new SolvedChallenge(1, (ulong)i, Now + i + 1), Now);
        }

        Assert.Null(memory.TrySpend(new SolvedChallenge(1, 5000, Now + 2000), Now + 1000));

        Assert.Equal(1, memory.Count);
    }

    [Fact]
    public void Of_more_passes_than_there_is_room_for_the_oldest_goes()
    {
        var passes = new ChallengePasses(capacity: 8);
        for (var i = 0; i < 1000; i++)
        {
            passes.Put(new ChallengePass(new SolvedChallenge((UInt128)i, (ulong)i, Now + 600), IsAgain: false));
            Assert.InRange(passes.Count, 1, 8);
            if (i % 3 == 0 && passes.Take((UInt128)i, 0, Now) is { } taken)
            {
                passes.Put(taken);
            }
        }

        Assert.Null(passes.Take(991, 0, Now));
        Assert.Equal(992UL, passes.Take(992, 0, Now)!.Value.Solved.Id);
        Assert.Null(passes.Take(992, 0, Now));
        Assert.Null(passes.Take(993, 0, Now + 600));
    }

    [Fact]
    public void A_destination_has_one_pass_however_often_it_gets_one_and_pushes_out_nobody()
    {
        var passes = new ChallengePasses(capacity: 2);
        passes.Put(new ChallengePass(new SolvedChallenge(8, 1, Now + 600), IsAgain: false));
        for (var i = 0; i < 1000; i++)
        {
            passes.Put(new ChallengePass(new SolvedChallenge(7, (ulong)i, Now + 600), IsAgain: false));
        }

        Assert.Equal(2, passes.Count);
        Assert.Equal(999UL, passes.Take(7, 0, Now)!.Value.Solved.Id);
        Assert.Equal(1UL, passes.Take(8, 0, Now)!.Value.Solved.Id);
        Assert.Equal(0, passes.Count);
    }

    [Fact]
    public void A_pass_that_does_not_pay_for_so_much_work_is_kept_and_of_two_that_last_as_long_the_dearer_is()
    {
        var passes = new ChallengePasses(capacity: 10);
        passes.Offer(new SolvedChallenge(7, 9, Now + 600, Level: 1), Now);
        Assert.Null(passes.Take(7, 3, Now));
        Assert.Equal(1, passes.Count);

        passes.Offer(new SolvedChallenge(7, 1, Now + 600, Level: 3), Now);
        passes.Offer(new SolvedChallenge(7, 99, Now + 600, Level: 2), Now);

        Assert.Equal(1UL, passes.Take(7, 4, Now)!.Value.Solved.Id);
        Assert.Equal(0, passes.Count);
    }

    [Fact]
    public void What_was_more_work_is_kept_though_it_lasts_less_long_until_it_has_run_out()
    {
        var passes = new ChallengePasses(capacity: 10);
        passes.Offer(new SolvedChallenge(7, 1, Now + 601, Level: 0), Now);
        passes.Offer(new SolvedChallenge(7, 2, Now + 600, Level: 3), Now);
        Assert.False(passes.Wants(new SolvedChallenge(7, 3, Now + 700, Level: 1), Now));
        Assert.Equal(2UL, passes.Take(7, 3, Now)!.Value.Solved.Id);

        passes.Offer(new SolvedChallenge(7, 4, Now + 600, Level: 3), Now);
        passes.Offer(new SolvedChallenge(7, 5, Now + 700, Level: 0), Now + 600);
        Assert.Equal(5UL, passes.Take(7, 0, Now + 600)!.Value.Solved.Id);
    }

    [Fact]
    public void What_a_start_did_not_use_does_not_take_the_place_of_what_was_handed_in_meanwhile()
    {
        var passes = new ChallengePasses(capacity: 10);
        passes.Offer(new SolvedChallenge(7, 1, Now + 500, Level: 1), Now);
        var taken = passes.Take(7, 0, Now)!.Value;
        passes.Offer(new SolvedChallenge(7, 2, Now + 600, Level: 1), Now);

        passes.GiveBack(taken, Now);

        Assert.Equal(2UL, passes.Take(7, 0, Now)!.Value.Solved.Id);
        passes.GiveBack(taken, Now);
        Assert.Equal(1UL, passes.Take(7, 0, Now)!.Value.Solved.Id);

        // Nor does a repetition, however much work it was.
        passes.Offer(new SolvedChallenge(7, 3, Now + 600, Level: 1), Now);
        passes.GiveBack(new ChallengePass(new SolvedChallenge(7, 4, Now + 600, Level: 3), IsAgain: true), Now);
        Assert.Equal(3UL, passes.Take(7, 0, Now)!.Value.Solved.Id);
    }

    [Fact]
    public void Whoever_asks_and_does_not_work_makes_it_dearer_for_the_own_network_alone()
    {
        var load = new ChallengeLoad(new ReplayedRandom());
        for (var i = 0; i < 10_000; i++)
        {
            load.Asked(1, 2, Now);
        }

        Assert.Equal(4, load.Asked(1, 2, Now));
        Assert.Equal(0, load.Asked(1, 3, Now));
        Assert.Equal(0, load.Asked(1, null, Now));
    }

    [Fact]
    public void A_flood_of_solutions_makes_it_dearer_for_the_service_and_an_hour_later_it_is_forgotten()
    {
        var load = new ChallengeLoad(new ReplayedRandom());
        for (var i = 0; i < 600; i++)
        {
            load.Solved(1, (UInt128)(uint)(1000 + i), Now);
        }

        Assert.Equal(2, load.Asked(1, null, Now));
        Assert.Equal(0, load.Asked(2, null, Now));
        Assert.Equal(0, load.Asked(1, null, Now + 3600));
    }

    [Fact]
    public void A_person_alone_pays_the_least_though_they_are_asked_several_times()
    {
        var load = new ChallengeLoad(new ReplayedRandom());

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(0, load.Asked(1, 2, Now + i));
            load.Solved(1, 2, Now + i);
        }
    }

    [Fact]
    public void What_a_verification_keeps_of_spent_work_is_bounded_and_lets_none_through_twice()
    {
        var random = new Random(4);
        Verification? newest = null;
        var spent = new HashSet<ulong>();
        var given = new List<SolvedChallenge>();
        for (var step = 0; step < 5000; step++)
        {
            var at = DateTimeOffset.FromUnixTimeSeconds(Now + step);
            var solved = given.Count > 0 && random.Next(2) == 0 ? given[random.Next(Math.Max(0, given.Count - 40), given.Count)] : new SolvedChallenge(1, (ulong)step, Now + step + random.Next(1, 600));
            given.Add(solved);
            if (solved.Expires <= Now + step || SpentWork.Knows(newest, solved))
            {
                continue;
            }

            Assert.True(spent.Add(solved.Id), "spent twice");
            newest = Ended(SpentWork.Keep(newest, new VerificationDetails(), solved, at), at);
            Assert.InRange(newest.Details.Spent!.Count, 1, SpentWork.Most);
        }

        Assert.True(spent.Count > 200);
        Assert.Null(SpentWork.Keep(newest, new VerificationDetails(), null, DateTimeOffset.FromUnixTimeSeconds(Now + 10_000)).Spent);
    }

    static Verification Ended(VerificationDetails details, DateTimeOffset at) => new()
    {
        Sid = Sid.NewOrdered("VE", at, new ReplayedRandom()),
        ServiceSid = default,
        AccountSid = default,
        To = Desk.Ann,
        Status = VerificationStatus.Canceled,
        Channel = Core.Channels.Channel.Sms,
        CreatedAt = at,
        UpdatedAt = at,
        ExpiresAt = at,
        Checks = 0,
        Code = new Core.Codes.CodeSeed { KeyId = 1, Nonce = new byte[16], Length = 6 },
        Details = details,
        Attempts = [],
    };
}
