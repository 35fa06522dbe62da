using Countersign.Core.Channels;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Verifications;
using CsCheck;

namespace Countersign.Core.Tests.Verifications;

public sealed class FailedChecksTests
{
    const string Home = "198.51.100.7", Neighbour = "198.51.100.200", Elsewhere = "203.0.113.9";

    static readonly VerificationDetails FromHome = new() { DeviceIp = Home };
    static readonly VerificationDetails FromElsewhere = new() { DeviceIp = Elsewhere };

    readonly Desk _desk = Desk.InMemory().Desk;

    [Fact]
    public void Each_five_in_a_row_double_the_wait_up_to_a_day_and_the_hundredth_makes_it_a_week()
    {
        var waits = Enumerable.Range(0, 21).Select(times => FailedChecks.WaitAfter(times * 5).TotalMinutes);

        Assert.Equal([0, 10, 20, 40, 80, 160, 320, 640, 1280, .. Enumerable.Repeat(1440.0, 11), 10080], waits);
        Assert.Equal(FailedChecks.WaitAfter(5), FailedChecks.WaitAfter(9));
    }

    [Fact]
    public async Task Whoever_guesses_for_thirty_days_as_fast_as_he_may_has_less_than_one_chance_in_five_thousand()
    {
        var guesses = await GuessForAsync(TimeSpan.FromDays(30), cancels: false);

        Assert.InRange(guesses, 100, 200); // Of 1,000,000 codes.
    }

    [Fact]
    public async Task Canceling_before_the_last_guess_buys_no_guesses()
    {
        var guesses = await GuessForAsync(TimeSpan.FromDays(30), cancels: true);

        Assert.InRange(guesses, 100, 200);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    [InlineData(3)]
    public async Task However_the_guesses_are_spread_the_hundredth_in_a_row_is_the_last(int each)
    {
        var guesses = 0;
        Verification? started = null;
        for (var day = 0; day < 60 && guesses < FailedChecks.MaxInARow; day++)
        {
            started = await _desk.StartedAsync(Desk.Ann);
            guesses += await GuessAsync(started, each, null);
            if (guesses < FailedChecks.MaxInARow)
            {
                await _desk.EndAsync(VerificationStatus.Canceled, Desk.Ann);
                _desk.Time.Advance(FailedChecks.LongestWait);
            }
        }

        Assert.Equal(FailedChecks.MaxInARow, guesses);
        Assert.IsType<CheckVerificationResult.ChecksExhausted>(await _desk.CheckAsync(_desk.CodeOf(started!), Desk.Ann));
        var refused = Assert.IsType<CreateVerificationResult.ChecksExhausted>(await _desk.StartAsync(Desk.Ann));
        Assert.Equal(FailedChecks.ForgottenAfter, refused.RetryIn);
    }

    [Fact]
    public async Task A_right_guess_forgets_the_wrong_ones()
    {
        for (var i = 0; i < 10; i++)
        {
            var started = await _desk.StartedAsync(Desk.Ann);
            await _desk.GuessWrongAsync(started, 4);
            await _desk.CheckedAsync(_desk.CodeOf(started), sid: started.Sid);
            _desk.Time.Advance(TimeSpan.FromHours(8));
        }

        Assert.Equal(0, (await _desk.StartedAsync(Desk.Ann)).Details.FailedBefore);
    }

    [Fact]
    public async Task Right_guesses_forget_fifteen_wrong_ones_a_day_however_many_they_are()
    {
        for (var i = 0; i < 4; i++)
        {
            var started = await _desk.StartedAsync(Desk.Ann);
            await _desk.GuessWrongAsync(started, 4);
            await _desk.CheckedAsync(_desk.CodeOf(started), sid: started.Sid);
        }

        var next = await _desk.StartedAsync(Desk.Ann);
        Assert.Equal((1, Desk.Opening.AddDays(1)), (next.Details.FailedBefore, next.Details.ForgivenUntil));

        // One more after a fifteenth of a day, and not before; a resend changes nothing.
        _desk.Time.Advance(TimeSpan.FromMinutes(95));
        await _desk.CheckedAsync(_desk.CodeOf(await _desk.StartedAsync(Desk.Ann)), Desk.Ann);
        Assert.Equal(1, (await _desk.StartedAsync(Desk.Ann)).Details.FailedBefore);
        _desk.Time.Advance(TimeSpan.FromMinutes(1));
        await _desk.CheckedAsync(_desk.CodeOf(await _desk.StartedAsync(Desk.Ann)), Desk.Ann);
        Assert.Equal(0, (await _desk.StartedAsync(Desk.Ann)).Details.FailedBefore);
    }

    [Fact]
    public async Task What_was_forgotten_is_remembered_until_so_much_may_be_forgotten_again()
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        await _desk.GuessWrongAsync(started, 4);
        var approved = await _desk.CheckedAsync(_desk.CodeOf(started), sid: started.Sid);

        var until = FailedChecks.RememberUntil(approved);
        var next = await _desk.StartedAsync(Desk.Ann);

        Assert.Equal(Desk.Opening + (4 * FailedChecks.ForgivenWithin / FailedChecks.MaxForgiven), until);
        Assert.Equal((0, until, true), (next.Details.FailedBefore, next.Details.ForgivenUntil, FailedChecks.GuessedAt(next) > 0));
        await _desk.EndAsync(VerificationStatus.Canceled, Desk.Ann);
        _desk.Time.Advance(until - Desk.Opening);
        Assert.Equal(new VerificationDetails(), (await _desk.StartedAsync(Desk.Ann)).Details);
    }

    [Fact]
    public async Task A_clock_that_was_years_ahead_keeps_nothing_from_being_forgotten_a_day_later()
    {
        var ended = await _desk.StartedAsync(Desk.Ann);
        ended = ended with { Status = VerificationStatus.Approved, Details = new VerificationDetails { FailedBefore = 20, ForgivenUntil = Desk.Opening.AddYears(5) } };

        var next = ended with { Details = FailedChecks.Carry(ended, ended.Details, false, Desk.Opening), UpdatedAt = Desk.Opening.AddDays(1) };

        Assert.Equal((20, Desk.Opening.AddDays(1)), (next.Details.FailedBefore, next.Details.ForgivenUntil));
        Assert.Equal(5, FailedChecks.Carry(next, next.Details, false, next.UpdatedAt).FailedBefore);
    }

    [Fact]
    public async Task A_week_without_a_guess_forgets_them_too()
    {
        await _desk.GuessWrongAsync(await _desk.StartedAsync(Desk.Ann), 5);
        _desk.Time.Advance(FailedChecks.ForgottenAfter - TimeSpan.FromMinutes(1));
        var remembered = await _desk.StartedAsync(Desk.Ann);
        _desk.Time.Advance(FailedChecks.ForgottenAfter + TimeSpan.FromMinutes(1));

        Assert.Equal(5, remembered.Details.FailedBefore);
        Assert.Equal(0, (await _desk.StartedAsync(Desk.Ann)).Details.FailedBefore);
    }

    [Fact]
    public async Task Whoever_is_where_the_number_was_approved_from_is_not_kept_waiting_by_guesses_from_elsewhere()
    {
        await ApproveFromHomeAsync();
        await ExhaustFromElsewhereAsync();

        Assert.IsType<CreateVerificationResult.ChecksExhausted>(await _desk.StartAsync(Desk.Ann));
        Assert.IsType<CreateVerificationResult.ChecksExhausted>(await _desk.StartAsync(Desk.Ann, details: FromElsewhere));
        var mine = await _desk.StartedAsync(Desk.Ann, details: new VerificationDetails { DeviceIp = Neighbour });

        // Whoever is elsewhere cannot use its guesses up.
        for (var i = 0; i < 20; i++)
        {
            Assert.IsType<CheckVerificationResult.ChecksExhausted>(await _desk.CheckAsync(_desk.CodeOf(mine), Desk.Ann, deviceIp: Elsewhere));
        }

        Assert.Equal(VerificationStatus.Approved, (Assert.IsType<CheckVerificationResult.Checked>(await _desk.CheckAsync(_desk.CodeOf(mine), Desk.Ann, deviceIp: Home))).Verification.Status);
    }

    [Fact]
    public async Task Guesses_from_the_known_network_wait_as_well()
    {
        await ApproveFromHomeAsync();
        await ExhaustFromElsewhereAsync();
        var guesses = 0;
        for (var end = _desk.Time.GetUtcNow().AddDays(30); _desk.Time.GetUtcNow() < end; _desk.Time.Advance(TimeSpan.FromMinutes(10)))
        {
            if (await _desk.StartAsync(Desk.Ann, details: FromHome) is CreateVerificationResult.Sent sent)
            {
                guesses += await GuessAsync(sent.Verification, 5, Home);
            }
        }

        Assert.InRange(guesses, 100, 200);
    }

    [Fact]
    public async Task A_resend_keeps_what_came_before()
    {
        await ApproveFromHomeAsync();
        await ExhaustFromElsewhereAsync();
        var reserved = await _desk.StartedAsync(Desk.Ann, details: FromHome);
        var again = await _desk.StartedAsync(Desk.Ann, details: FromElsewhere);

        Assert.Equal(reserved.Sid, again.Sid);
        Assert.Equal((5, true), (again.Details.FailedBefore, again.Details.IsReserved));
        Assert.IsType<CheckVerificationResult.ChecksExhausted>(await _desk.CheckAsync(_desk.CodeOf(again), Desk.Ann, deviceIp: Elsewhere));
    }

    [Fact]
    public async Task Where_somebody_else_asked_for_the_same_code_does_not_become_the_persons_network()
    {
        var started = await _desk.StartedAsync(Desk.Ann, details: FromHome);
        await _desk.StartedAsync(Desk.Ann, details: FromElsewhere);
        await _desk.CheckedAsync(_desk.CodeOf(started), sid: started.Sid);

        Assert.Null((await _desk.StartedAsync(Desk.Ann)).Details.KnownNetwork);
    }

    [Fact]
    public async Task A_code_typed_at_home_every_day_gives_whoever_guesses_elsewhere_no_new_beginning()
    {
        await ApproveFromHomeAsync();
        var guesses = 0;
        for (var day = 0; day < 30; day++)
        {
            for (var end = _desk.Time.GetUtcNow().AddDays(1); _desk.Time.GetUtcNow() < end; _desk.Time.Advance(TimeSpan.FromMinutes(5)))
            {
                if (await _desk.StartAsync(Desk.Ann, details: FromElsewhere) is CreateVerificationResult.Sent sent)
                {
                    guesses += await GuessAsync(sent.Verification, 5, Elsewhere);
                }
            }

            var mine = await _desk.StartedAsync(Desk.Ann, details: FromHome);
            Assert.Equal(VerificationStatus.Approved, (Assert.IsType<CheckVerificationResult.Checked>(await _desk.CheckAsync(_desk.CodeOf(mine), Desk.Ann, deviceIp: Home))).Verification.Status);
        }

        Assert.InRange(guesses, 200, 999); // Of 1,000,000 codes: less than one chance in a thousand.
    }

    [Theory]
    [InlineData(GuessesFrom.Nowhere)]
    [InlineData(GuessesFrom.Elsewhere)]
    [InlineData(GuessesFrom.Home)]
    [InlineData(GuessesFrom.Both)]
    public async Task However_often_the_person_signs_in_and_whoever_guesses_stops_a_month_has_less_than_one_chance_in_a_thousand(GuessesFrom guesses)
    {
        var (most, of) = (0, "");
        foreach (var signIns in (int[])[1, 2, 4, 8, 24])
        {
            foreach (var stopsAt in (int[])[4, 5, 15, 20, 35, int.MaxValue])
            {
                var played = await new GuessedMonth { Guesses = guesses, SignInsADay = signIns, StopsAt = stopsAt }.PlayAsync();
                Assert.True(guesses != GuessesFrom.Elsewhere || played.Entered == 30 * signIns, $"in {played.Entered} times: {signIns} a day, stops at {stopsAt}");
                (most, of) = played.Guesses > most ? (played.Guesses, $"{signIns} a day, stops at {stopsAt}") : (most, of);
            }
        }

        Assert.True(most < 1000, $"{most} guesses of 1,000,000 codes: {of}");
    }

    [Fact]
    public void No_pattern_of_guesses_and_sign_ins_has_more_than_one_chance_in_a_thousand_a_month() =>
        Gen.Enum<GuessesFrom>().Select(Gen.Int[1, 48], Gen.Int[1, 60], Gen.Int[1, 5])
            .Sample((guesses, signIns, stopsAt, each) => new GuessedMonth { Guesses = guesses, SignInsADay = signIns, StopsAt = stopsAt, Each = each }.PlayAsync().Result.Guesses < 1000, iter: 50);

    [Fact]
    public async Task The_persons_network_is_where_the_code_was_typed_wherever_it_was_asked_for()
    {
        var started = await _desk.StartedAsync(Desk.Ann, details: FromElsewhere);
        await _desk.CheckAsync(_desk.CodeOf(started), Desk.Ann, deviceIp: Home);

        Assert.Equal("198.51.100.0/24", (await _desk.StartedAsync(Desk.Ann)).Details.KnownNetwork);
    }

    [Fact]
    public async Task Whoever_reads_the_code_in_a_mailbox_makes_no_network_the_numbers_and_has_no_guesses_forgotten()
    {
        var stage = new ToldOfApprovals();
        var desk = new Desk(new MemoryVerificationStore(_desk.Time), _desk.Time, guards: [stage]);
        var first = await desk.StartedAsync(Desk.Ann);
        await desk.GuessWrongAsync(first, 1);
        await desk.EndAsync(VerificationStatus.Canceled, Desk.Ann);

        var plan = new VerificationDetails { DeviceIp = Home, Fallback = [new(Channel.Email, 30, "mallory@example.com"), new(Channel.Sms, 30)] };
        var mailed = Assert.IsType<CreateVerificationResult.Sent>(await desk.StartAsync(Desk.Ann, details: plan, isAuto: true)).Verification;
        Assert.Equal(Channel.Email, mailed.Channel);
        await desk.StartedAsync(Desk.Ann, details: new VerificationDetails { DeviceIp = Home });
        Assert.Equal(VerificationStatus.Approved, (await desk.CheckedAsync(desk.CodeOf(mailed), Desk.Ann)).Status);

        var next = (await desk.StartedAsync(Desk.Ann)).Details;
        Assert.Equal((null, 1, 0), (next.KnownNetwork, next.FailedBefore, stage.Approvals));
    }

    [Theory]
    [InlineData(Home)]
    [InlineData(null)]
    public async Task A_code_that_the_person_asked_for_again_and_typed_does_not_forget_all_that_others_guessed(string? typedAt)
    {
        await ApproveFromHomeAsync();
        for (var i = 0; i < 8; i++)
        {
            await ExhaustFromElsewhereAsync();
            _desk.Time.Advance(FailedChecks.LongestWait);
        }

        var others = await _desk.StartedAsync(Desk.Ann, details: FromElsewhere);
        await _desk.StartedAsync(Desk.Ann, details: FromHome);
        await _desk.CheckAsync(_desk.CodeOf(others), Desk.Ann, deviceIp: typedAt);

        Assert.Equal(40 - FailedChecks.MaxForgiven, (await _desk.StartedAsync(Desk.Ann, details: FromHome)).Details.FailedBefore);
    }

    [Fact]
    public async Task A_device_that_somebody_else_asked_from_does_not_become_the_persons()
    {
        var mine = new VerificationDetails { Risk = new RiskAssessment(0, RiskReason.None, RiskAction.Allow, null, Device: 7) };
        var others = mine with { Risk = mine.Risk! with { Device = 9 } };
        var pending = await _desk.StartedAsync(Desk.Ann);

        Assert.Equal(7UL, FailedChecks.Keep(pending with { Details = mine }, mine).Risk!.Device);
        Assert.Equal(0UL, FailedChecks.Keep(pending with { Details = mine }, others).Risk!.Device);
        Assert.Equal(0UL, FailedChecks.Keep(pending, mine).Risk!.Device);
    }

    [Fact]
    public async Task Few_wrong_guesses_before_a_right_one_at_home_are_no_reason_to_wait()
    {
        await ApproveFromHomeAsync();
        for (var i = 0; i < 10; i++)
        {
            var started = await _desk.StartedAsync(Desk.Ann, details: FromHome);
            await _desk.GuessWrongAsync(started, 3);
            await _desk.CheckedAsync(_desk.CodeOf(started), sid: started.Sid);
            _desk.Time.Advance(TimeSpan.FromHours(5));
        }

        Assert.InRange((await _desk.StartedAsync(Desk.Ann)).Details.FailedBefore, 0, 4);
    }

    [Fact]
    public void A_wait_never_becomes_shorter_with_more_wrong_guesses() =>
        Gen.Int[0, 1_000_000].Select(Gen.Int[0, 1000]).Sample((failed, more) => FailedChecks.WaitAfter(failed) <= FailedChecks.WaitAfter(failed + more));

    async Task ApproveFromHomeAsync()
    {
        var started = await _desk.StartedAsync(Desk.Ann, details: FromHome);
        await _desk.CheckedAsync(_desk.CodeOf(started), sid: started.Sid);
    }

    async Task ExhaustFromElsewhereAsync() => Assert.Equal(5, await GuessAsync(await _desk.StartedAsync(Desk.Ann, details: FromElsewhere), 5, Elsewhere));

    async Task<int> GuessForAsync(TimeSpan span, bool cancels)
    {
        var guesses = 0;
        for (var end = _desk.Time.GetUtcNow() + span; _desk.Time.GetUtcNow() < end; _desk.Time.Advance(TimeSpan.FromMinutes(1)))
        {
            if (await _desk.StartAsync(Desk.Ann) is CreateVerificationResult.Sent sent)
            {
                guesses += await GuessAsync(sent.Verification, cancels ? 4 : 5, null);
                if (cancels)
                {
                    await _desk.EndAsync(VerificationStatus.Canceled, Desk.Ann);
                }
            }
        }

        return guesses;
    }

    /// <summary>How many wrong guesses were evaluated.</summary>
    async Task<int> GuessAsync(Verification verification, int times, string? deviceIp)
    {
        var evaluated = 0;
        for (var i = 0; i < times; i++)
        {
            evaluated += await _desk.CheckAsync(Desk.WrongFor(_desk.CodeOf(verification)), Desk.Ann, deviceIp: deviceIp) is CheckVerificationResult.Checked ? 1 : 0;
        }

        return evaluated;
    }

    /// <summary>Lets everything through, and counts what it is told.</summary>
    sealed class ToldOfApprovals : IGuardStage
    {
        public int Approvals { get; private set; }

        public int Order => 0;

        public GuardRefusal? Judge(StartFacts start, DateTimeOffset now) => null;

        public void Settle(StartFacts start, bool sent, DateTimeOffset now)
        {
        }

        public void Approved(Verification verification, UInt128 destination, DateTimeOffset now) => Approvals++;
    }
}
