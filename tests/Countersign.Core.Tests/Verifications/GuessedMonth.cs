using Countersign.Core.Verifications;

namespace Countersign.Core.Tests.Verifications;

/// <summary>Thirty days in which somebody guesses at a person's number whenever that is let, or stops for a while so that the person gets in; and the person signs in, so many times a day.</summary>
sealed record GuessedMonth
{
    const string Home = "198.51.100.7", AtHome = "198.51.100.99", Elsewhere = "203.0.113.9";

    static readonly TimeSpan Tick = TimeSpan.FromMinutes(10);

    public required GuessesFrom Guesses { get; init; }

    public required int SignInsADay { get; init; }

    /// <summary>After so many guesses nothing more, until the person was in.</summary>
    public int StopsAt { get; init; } = int.MaxValue;

    /// <summary>Guesses at each code, 1 to 5; less than five cancel it.</summary>
    public int Each { get; init; } = VerificationLimits.MaxChecks;

    /// <summary>How many wrong guesses were evaluated, and how often the person got in.</summary>
    public async Task<(int Guesses, int Entered)> PlayAsync()
    {
        var (desk, _) = Desk.InMemory();
        string[] places = Guesses switch { GuessesFrom.Home => [AtHome], GuessesFrom.Both => [AtHome, Elsewhere], _ => [Elsewhere] };
        var pause = TimeSpan.FromDays(1) / SignInsADay;
        var (total, since, entered) = (0, 0, await EnterAsync(desk) ? 1 : 0);
        var end = desk.Time.GetUtcNow().AddDays(30);
        for (var next = desk.Time.GetUtcNow() + pause; desk.Time.GetUtcNow() < end; desk.Time.Advance(Tick))
        {
            if (desk.Time.GetUtcNow() >= next)
            {
                next += pause;
                if (await EnterAsync(desk))
                {
                    (since, entered) = (0, entered + 1);
                }
            }

            foreach (var place in places)
            {
                var guessed = await GuessAsync(desk, place, Math.Min(Each, StopsAt - since));
                (total, since) = (total + guessed, since + guessed);
            }
        }

        return (total, entered);
    }

    async Task<bool> EnterAsync(Desk desk)
    {
        var from = Guesses == GuessesFrom.Nowhere ? null : Home;
        return await desk.StartAsync(Desk.Ann, details: new VerificationDetails { DeviceIp = from }) is CreateVerificationResult.Sent sent
            && await desk.CheckAsync(desk.CodeOf(sent.Verification), Desk.Ann, deviceIp: from) is CheckVerificationResult.Checked { Verification.Status: VerificationStatus.Approved };
    }

    async Task<int> GuessAsync(Desk desk, string place, int times)
    {
        var from = Guesses == GuessesFrom.Nowhere ? null : place;
        if (times <= 0 || await desk.StartAsync(Desk.Ann, details: new VerificationDetails { DeviceIp = from }) is not CreateVerificationResult.Sent sent)
        {
            return 0;
        }

        var (guessed, wrong) = (0, Desk.WrongFor(desk.CodeOf(sent.Verification)));
        while (guessed < times && await desk.CheckAsync(wrong, Desk.Ann, deviceIp: from) is CheckVerificationResult.Checked)
        {
            guessed++;
        }

        if (times < VerificationLimits.MaxChecks)
        {
            await desk.EndAsync(VerificationStatus.Canceled, Desk.Ann);
        }

        return guessed;
    }
}

/// <summary>From where guesses come; without the address of a device nobody can tell.</summary>
public enum GuessesFrom
{
    Nowhere,
    Elsewhere,
    Home,
    Both,
}
