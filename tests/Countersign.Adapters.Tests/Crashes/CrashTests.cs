using System.Net;

namespace Countersign.Adapters.Tests.Crashes;

/// <summary>
/// The real server is killed (SIGKILL) in the middle of its work, again and again on the same data directory. Whatever an answer said before the kill must still be true
/// after the next start. <c>COUNTERSIGN_CRASH_KILLS</c> sets how often, 10 unless it says otherwise.
/// </summary>
public sealed class CrashTests : IDisposable
{
    /// <summary>People who are looked after in one round at most: checking each takes a few calls.</summary>
    const int Looked = 400;

    static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("COUNTERSIGN_CRASH_KILLS"), out var kills) ? kills : 10;

    readonly string _directory = Directory.CreateTempSubdirectory("countersign-crash-").FullName;
    int _numbers;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_was_acknowledged_survives_a_kill_at_any_moment()
    {
        var ct = TestContext.Current.CancellationToken;
        var before = new List<Person>();
        var server = await ServerProcess.StartAsync(_directory, ct);
        try
        {
            for (var round = 0; round < Kills; round++)
            {
                var crowd = new Crowd(NextNumber);
                var work = crowd.RunAsync(server.Http, round, ct);
                while (!work.IsCompleted && crowd.Calls < 300 + round * 137)
                    await Task.WhenAny(work, Task.Delay(5, ct));
                server.Kill();
                await work;
                server.Dispose();

                var left = KilledStore.Read(_directory);
                AssertEverySendIsKnown(crowd.People, left);
                server = await ServerProcess.StartAsync(_directory, ct);
                await AssertStillTrueAsync(new Caller(server.Http), [.. crowd.People.Where(person => person.Sid is not null)], left, ct);
                await AssertEndedAsync(new Caller(server.Http), before);
                before = [.. crowd.People.Where(person => person.Approved).Take(50)];
            }
        }
        finally
        {
            server.Dispose();
        }
    }

    /// <summary>An accepted send is either on its way still or was made: it is nowhere lost.</summary>
    static void AssertEverySendIsKnown(IEnumerable<Person> people, KilledStore left)
    {
        var attempts = people.SelectMany(person => person.Attempts).ToList();

        Assert.NotEmpty(attempts);
        Assert.All(attempts, attempt => Assert.True(left.Waiting.Contains(attempt) ^ left.Recorded.Contains(attempt), $"{attempt} was accepted and is lost."));
    }

    static async Task AssertStillTrueAsync(Caller caller, IReadOnlyList<Person> people, KilledStore left, CancellationToken ct)
    {
        // Those whom the kill interrupted first, for they are the likeliest to have come to harm.
        var looked = people.OrderByDescending(person => person.CutOff).ThenByDescending(person => person.Attempts.Count(left.Waiting.Contains)).Take(Looked);
        await Parallel.ForEachAsync(looked, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = ct }, async (person, _) =>
        {
            await AssertArrivesAsync(caller, person, person.Attempts.Count(left.Waiting.Contains), ct);
            await AssertStandsAsync(caller, person);
        });
    }

    /// <summary>What was still on its way at the kill arrives after it, and with the code that came before it.</summary>
    static async Task AssertArrivesAsync(Caller caller, Person person, int waiting, CancellationToken ct)
    {
        var deadline = Environment.TickCount64 + 20_000;
        while (await caller.LookAtPhoneAsync(person) < waiting)
        {
            Assert.True(Environment.TickCount64 < deadline, $"A message of {person.Sid} that was accepted before the kill did not arrive after it.");
            await Task.Delay(20, ct);
        }
    }

    static async Task AssertStandsAsync(Caller caller, Person person)
    {
        var now = await caller.FetchAsync(person);
        var status = Caller.Text(now, "status");
        if (person.Approved || (person.CutOff == Doing.Ending && status == "approved"))
        {
            Assert.Equal("approved", status);
            await AssertEndedAsync(caller, [person]);
            person.Approved = true;
            return;
        }

        Assert.Equal("pending", status);
        var counted = 5 - now.GetProperty("countersign").GetProperty("checks_left").GetInt32();
        Assert.InRange(counted, person.WrongGuesses, person.WrongGuesses + (person.CutOff == Doing.GuessingWrong ? 1 : 0));

        // Its message may have come and gone between two looks: the next one holds the same code. Or all sends are used up, and nobody can know it any more.
        if (person.Code is null && await caller.SendAsync(person))
            await AssertArrivesAsync(caller, person, 1, CancellationToken.None);
        if (person.Code is null)
            return;

        if (person.Number[^1] % 3 == 0)
            await AssertGuessesAreNotGivenBackAsync(caller, person, 5 - counted);
        else if (counted < 5)
            await caller.ApproveAsync(person);
    }

    static async Task AssertGuessesAreNotGivenBackAsync(Caller caller, Person person, int left)
    {
        for (var guess = 0; guess < left; guess++)
            await caller.GuessWrongAsync(person);

        Assert.Equal(HttpStatusCode.TooManyRequests, (await caller.CheckAsync(person, person.Code!)).Status);
    }

    static async Task AssertEndedAsync(Caller caller, IEnumerable<Person> approved)
    {
        foreach (var person in approved)
        {
            var (status, body) = await caller.CheckAsync(person, person.Code ?? "000000");
            Assert.Equal(HttpStatusCode.NotFound, status);
            Assert.Equal("approved", Caller.Text(body.GetProperty("details"), "reason"));
        }
    }

    /// <summary>Numbers that are reserved for fiction, each once: +1, an area code, 555 01 and two digits; then France's.</summary>
    string NextNumber()
    {
        var number = Interlocked.Increment(ref _numbers) - 1;
        var (area, line) = (number / 100, number % 100);
        var (first, rest) = (2 + area / 90, area % 90);
        var (second, third) = (rest / 9, rest % 9);
        if (first <= 9)
            return $"+1{first}{second}{(third >= second ? third + 1 : third)}55501{line:D2}";

        number -= 72_000;
        Assert.True(number < 10_000, "There are no more numbers for so many kills.");
        return $"+3363998{number:D4}";
    }
}
