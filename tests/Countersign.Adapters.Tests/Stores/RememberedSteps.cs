using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What a node remembers of a destination is a guess: another node may have changed it.</summary>
static class RememberedSteps
{
    /// <summary>One node starts, the other ends, and the first is asked to count a guess: it must see the end, and change nothing.</summary>
    public static async Task AnEndElsewhereIsSeenAsync(IVerificationStore here, IVerificationStore there, DateTimeOffset now)
    {
        var started = await here.SendAsync(1, Given.Verification(1, now));
        await there.ChangeAsync(started.Sid, current => current with { Status = VerificationStatus.Approved });

        var guess = Guess();
        await here.ApplyAsync(guess, CancellationToken.None);

        Assert.Equal(VerificationStatus.Approved, guess.Saw!.Status);
        Assert.Equal(0, (await there.FindAsync(started.Sid))!.Checks);
    }

    /// <summary>Guesses by turns, each on what the node before it left: none is lost, whatever each node remembers.</summary>
    public static async Task GuessesByTurnsAllCountAsync(IVerificationStore here, IVerificationStore there, DateTimeOffset now)
    {
        var started = await here.SendAsync(1, Given.Verification(1, now));
        foreach (var node in new[] { here, there, there, here })
            await node.ApplyAsync(Guess(), CancellationToken.None);

        Assert.Equal(4, (await there.FindAsync(started.Sid))!.Checks);
    }

    /// <summary>One node starts; the other, whose clock is ahead, finds that expired and starts anew. A guess at the first counts for the new one.</summary>
    public static async Task AnotherInItsPlaceIsSeenAsync(IVerificationStore here, IVerificationStore there, DateTimeOffset now)
    {
        var first = await here.SendAsync(1, Given.Verification(1, now));
        var second = await there.SendAsync(1, Given.Verification(1, now.AddMinutes(1)));

        await here.ApplyAsync(Guess(), CancellationToken.None);

        Assert.Equal((0, 1), ((await there.FindAsync(first.Sid))!.Checks, (await there.FindAsync(second.Sid))!.Checks));
    }

    /// <summary>Guesses that name the SID leave what a node remembers of the destination as it was. The next start there must see them all the same, also once that has expired.</summary>
    public static async Task GuessesBySidAreSeenByTheNextStartAsync(IVerificationStore here, IVerificationStore there, DateTimeOffset now)
    {
        var started = await here.SendAsync(1, Given.Verification(1, now));
        for (var i = 0; i < 3; i++)
            await there.ChangeAsync(started.Sid, current => current with { Checks = current.Checks + 1 });

        Verification? saw = null;
        var next = Given.Verification(1, now.AddMinutes(11));
        await here.ApplyAsync(
            new RecordedStep((current, _) =>
            {
                saw = current;
                return new StepDecision(next, next.Attempts[^1]);
            })
            {
                ServiceSid = Given.Service,
                Destination = Given.Destination(1),
            },
            CancellationToken.None);

        Assert.Equal((started.Sid, 3), (saw!.Sid, saw.Checks));
    }

    /// <summary>A guess that names the SID comes between what a start has read and what it would keep in its place: the start must see it, and decide again.</summary>
    public static async Task AGuessThatComesBetweenIsSeenByTheStartAsync(IVerificationStore here, IVerificationStore there, DateTimeOffset now)
    {
        var started = await here.SendAsync(1, Given.Verification(1, now));
        var saw = new List<int>();
        var next = Given.Verification(1, now.AddMinutes(11));
        await there.ApplyAsync(
            new RecordedStep((current, _) =>
            {
                if (current is not null && saw.Count == 0)
                {
                    // A step decides at once: that it waits here is what lets the other one come between.
                    here.ChangeAsync(current.Sid, guessed => guessed with { Checks = guessed.Checks + 1 }).GetAwaiter().GetResult();
                }

                if (current is not null)
                {
                    saw.Add(current.Checks);
                }

                return new StepDecision(next, next.Attempts[^1]);
            })
            {
                ServiceSid = Given.Service,
                Destination = Given.Destination(1),
            },
            CancellationToken.None);

        Assert.Equal([0, 1], saw);
        Assert.Equal(next.Sid, (await here.FindAsync(1))!.Sid);
        Assert.Equal(1, (await here.FindAsync(started.Sid))!.Checks);
    }

    static RecordedStep Guess() => new((current, _) =>
        current is { Status: VerificationStatus.Pending } ? new StepDecision(current with { Checks = current.Checks + 1 }) : StepDecision.Nothing)
    {
        ServiceSid = Given.Service,
        Destination = Given.Destination(1),
    };
}
