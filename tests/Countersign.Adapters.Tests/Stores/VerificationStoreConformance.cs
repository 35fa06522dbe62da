using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Stores;

public abstract class VerificationStoreConformance(StoreHome home) : StoreConformance(home)
{
    [Fact]
    public async Task Of_nothing_a_step_sees_nothing()
    {
        Assert.Null(await Store.Verifications.FindAsync(1));
        Assert.Null(await Store.Verifications.FindAsync(Given.Verification(1, Desk.Opening).Sid));
    }

    [Fact]
    public async Task What_a_step_kept_the_next_one_sees_by_sid_and_by_destination()
    {
        var kept = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));

        Same.Verification(kept, await Store.Verifications.FindAsync(kept.Sid));
        Same.Verification(kept, await Store.Verifications.FindAsync(1));
        Assert.Null(await Store.Verifications.FindAsync(2));
    }

    [Fact]
    public async Task All_of_it_is_there_after_reopening()
    {
        var plain = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var full = await Store.Verifications.SendAsync(2, Full(Given.Verification(2, Desk.Opening)));
        var ended = await Store.Verifications.SendAsync(3, Given.Verification(3, Desk.Opening));
        await Store.Verifications.ChangeAsync(ended.Sid, current => current with { Status = VerificationStatus.Canceled, Checks = 3, UpdatedAt = Desk.Opening.AddSeconds(5) });

        await ReopenAsync();

        Same.Verification(plain, await Store.Verifications.FindAsync(1));
        Same.Verification(full, await Store.Verifications.FindAsync(2));
        Same.Verification(full, await Store.Verifications.FindAsync(full.Sid));
        var expected = ended with { Status = VerificationStatus.Canceled, Checks = 3, UpdatedAt = Desk.Opening.AddSeconds(5) };
        Same.Verification(expected, await Store.Verifications.FindAsync(3));
    }

    [Fact]
    public async Task What_right_guesses_forgot_is_known_to_the_next_start_also_after_reopening()
    {
        var desk = new Desk(Store.Verifications, Time);
        var started = await desk.StartedAsync(Desk.Ann);
        await desk.GuessWrongAsync(started, 4);
        await desk.CheckedAsync(desk.CodeOf(started), Desk.Ann);
        Time.Advance(TimeSpan.FromHours(2));

        await ReopenAsync();

        var next = await new Desk(Store.Verifications, Time, seed: 2).StartedAsync(Desk.Ann);
        Assert.Equal((0, Desk.Opening + (4 * FailedChecks.ForgivenWithin / FailedChecks.MaxForgiven)), (next.Details.FailedBefore, next.Details.ForgivenUntil));
    }

    [Fact]
    public async Task The_clock_of_a_step_is_the_stores()
    {
        var step = new RecordedStep((_, _) => StepDecision.Nothing) { ServiceSid = Given.Service, Destination = Given.Destination(1) };
        Time.Advance(TimeSpan.FromSeconds(42));

        await Store.Verifications.ApplyAsync(step, Ct);

        Assert.Equal(Desk.Opening.AddSeconds(42), step.At);
    }

    [Fact]
    public async Task Another_services_verification_is_as_good_as_none()
    {
        var mine = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var theirs = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening, Given.OtherService));

        Assert.Null(await Store.Verifications.FindAsync(mine.Sid, Given.OtherService));
        Assert.Null(await Store.Verifications.FindAsync(theirs.Sid));
        Same.Verification(mine, await Store.Verifications.FindAsync(1));
        Same.Verification(theirs, await Store.Verifications.FindAsync(1, Given.OtherService));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_newest_verification_of_a_destination_is_found_and_the_older_ones_by_sid(bool reopened)
    {
        var old = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening) with { Status = VerificationStatus.Approved });
        Time.Advance(TimeSpan.FromMilliseconds(1));
        var next = await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));

        if (reopened)
            await ReopenAsync();

        Same.Verification(next, await Store.Verifications.FindAsync(1));
        Same.Verification(old, await Store.Verifications.FindAsync(old.Sid));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_a_code_was_typed_is_kept_with_the_approval(bool reopened)
    {
        var desk = new Desk(Store.Verifications, Time);
        var started = await desk.StartedAsync(Desk.Ann, details: new VerificationDetails { Locale = "fr", DeviceIp = "203.0.113.9" });
        await desk.CheckAsync(desk.CodeOf(started), Desk.Ann, deviceIp: "198.51.100.7");

        if (reopened)
            await ReopenAsync();

        var approved = Assert.IsType<Verification>(await Store.Verifications.FindAsync(started.Sid));
        Assert.Equal((VerificationStatus.Approved, "198.51.100.7", "fr"), (approved.Status, approved.Details.DeviceIp, approved.Details.Locale));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_resend_changes_the_verification_and_keeps_its_sid(bool reopened)
    {
        var first = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var later = Desk.Opening.AddMinutes(2);
        var resent = first with
        {
            Attempts = first.Attempts.Add(Given.Attempt(later) with { Channel = Channel.Call }),
            Channel = Channel.Call,
            UpdatedAt = later,
            ExpiresAt = later.AddMinutes(10),
            Checks = 2,
            Details = new VerificationDetails { Locale = "fr", DeviceIp = "192.0.2.1" },
        };
        await Store.Verifications.SendAsync(1, resent);

        if (reopened)
            await ReopenAsync();

        Same.Verification(resent, await Store.Verifications.FindAsync(1));
        Same.Verification(resent, await Store.Verifications.FindAsync(first.Sid));
    }

    [Fact]
    public async Task Of_a_thousand_increments_at_once_none_is_lost()
    {
        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var steps = Enumerable.Range(0, 1000).Select(number => Increment(started, bySid: number % 2 == 0)).ToList();

        await Parallel.ForEachAsync(steps, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (step, _) => await Store.Verifications.ApplyAsync(step, CancellationToken.None));
        await ReopenAsync();

        Assert.Equal(1000, (await Store.Verifications.FindAsync(1))!.Checks);
        Assert.Equal(Enumerable.Range(0, 1000), steps.Select(step => step.Saw!.Checks).Order());
    }

    [Fact]
    public async Task Of_a_hundred_starts_at_once_on_one_destination_one_finds_it_free()
    {
        var steps = Enumerable.Range(0, 100).Select(_ =>
        {
            var mine = Given.Verification(1, Desk.Opening);
            return new RecordedStep((current, _) => current is null ? new StepDecision(mine, mine.Attempts[0]) : StepDecision.Nothing)
            {
                ServiceSid = Given.Service,
                Destination = Given.Destination(1),
            };
        }).ToList();

        await Task.WhenAll(steps.Select(step => Task.Run(() => Store.Verifications.ApplyAsync(step, CancellationToken.None))));

        Assert.Single(steps, step => step.Saw is null);
        Assert.Equal(1, (await Store.Outbox.DepthAsync(Ct)).Waiting);
    }

    [Fact]
    public async Task When_a_decision_throws_its_caller_gets_the_exception_and_nothing_is_kept()
    {
        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var step = new RecordedStep((_, _) => throw new NotSupportedException("mine")) { ServiceSid = Given.Service, VerificationSid = started.Sid };

        var problem = await Assert.ThrowsAsync<NotSupportedException>(() => Store.Verifications.ApplyAsync(step, Ct));

        Assert.Equal("mine", problem.Message);
        Same.Verification(started, await Store.Verifications.FindAsync(1));
    }

    [Fact]
    public async Task Steps_beside_one_that_throws_are_kept()
    {
        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var tasks = Enumerable.Range(0, 600).Select(number => number % 3 == 0
            ? Store.Verifications.ApplyAsync(Throwing(), CancellationToken.None)
            : Store.Verifications.ApplyAsync(Increment(started, bySid: true), CancellationToken.None)).ToList();

        await Task.WhenAll(tasks).ContinueWith(_ => { }, TaskScheduler.Default);
        await ReopenAsync();

        Assert.Equal(200, tasks.Count(task => task.IsFaulted));
        Assert.Equal(400, (await Store.Verifications.FindAsync(1))!.Checks);
    }

    [Fact]
    public async Task Many_destinations_keep_their_own()
    {
        var kept = await Task.WhenAll(Enumerable.Range(0, 2000).Select(number => Store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening))));

        await ReopenAsync();

        var found = await Task.WhenAll(Enumerable.Range(0, 2000).Select(number => Store.Verifications.FindAsync(number)));
        Assert.Equal(kept.Select(one => one.Sid), found.Select(one => one!.Sid));
        Assert.Equal(kept.Select(one => one.To), found.Select(one => one!.To));
    }

    static RecordedStep Increment(Verification started, bool bySid) => new((current, now) => new StepDecision(current! with { Checks = current.Checks + 1, UpdatedAt = now }))
    {
        ServiceSid = Given.Service,
        VerificationSid = bySid ? started.Sid : null,
        Destination = bySid ? default : Given.Destination(1),
    };

    static RecordedStep Throwing() => new((_, _) => throw new NotSupportedException()) { ServiceSid = Given.Service, Destination = Given.Destination(1) };

    static Verification Full(Verification started) => started with
    {
        Status = VerificationStatus.MaxAttemptsReached,
        Channel = Channel.WhatsApp,
        Checks = 5,
        UpdatedAt = Desk.Opening.AddMilliseconds(123),
        ExpiresAt = Desk.Opening.AddDays(1),
        Code = new CodeSeed { KeyId = 1, Nonce = [.. Enumerable.Range(0, 16).Select(value => (byte)(255 - value))], Length = 10, CustomHash = [.. Enumerable.Repeat((byte)7, 32)] },
        Attempts = [.. Enumerable.Range(0, 5).Select(number => Given.Attempt(Desk.Opening.AddMilliseconds(number)) with { Channel = (Channel)(number % 4 + 1) })],
        Details = new VerificationDetails
        {
            Locale = "pt-BR",
            CustomFriendlyName = "Zoë’s \"shop\"",
            AppHash = "FA+9qCX9VSu",
            Amount = "10,00 €",
            Payee = "Ünïcode \0 and 😀",
            Substitutions = new Dictionary<string, string> { ["order"] = "", [""] = "empty" },
            Tags = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" },
            DeviceIp = "2001:db8::1",
            IsTest = true,
            HasFixedCode = true,
            FailedBefore = 7,
            KnownFailedBefore = 2,
            ForgivenUntil = Desk.Opening.AddMilliseconds(456),
            KnownNetwork = "2001:db8::/48",
            IsReserved = true,
            Spent = [new SpentId(ulong.MaxValue, 4_102_444_800), new SpentId(0, 1)],
        },
    };
}
