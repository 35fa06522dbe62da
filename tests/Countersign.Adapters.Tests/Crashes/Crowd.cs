using System.Collections.Concurrent;

namespace Countersign.Adapters.Tests.Crashes;

/// <summary>Callers on connections of their own that do what applications do, until the server is gone.</summary>
sealed class Crowd(Func<string> nextNumber)
{
    const int Connections = 32;

    readonly ConcurrentBag<Person> _people = [];
    int _calls;

    /// <summary>Calls that were answered.</summary>
    public int Calls => _calls;

    /// <summary>Everyone for whom a call was made.</summary>
    public IReadOnlyCollection<Person> People => _people;

    /// <summary>Runs until the server dies under the calls, or <paramref name="ct"/> ends it between two.</summary>
    public Task RunAsync(HttpClient http, int seed, CancellationToken ct) =>
        Task.WhenAll(Enumerable.Range(0, Connections).Select(worker => WorkAsync(new Caller(http), new Random(seed * Connections + worker), ct)));

    async Task WorkAsync(Caller caller, Random random, CancellationToken ct)
    {
        var mine = new List<Person>();
        try
        {
            while (!ct.IsCancellationRequested)
            {
                await CallAsync(caller, random, mine);
                Interlocked.Increment(ref _calls);
            }
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException)
        {
            // The server was killed.
        }
    }

    async Task CallAsync(Caller caller, Random random, List<Person> mine)
    {
        var choice = random.Next(100);
        var person = mine.Count == 0 || choice < 45 ? null : mine[random.Next(mine.Count)];
        if (person is null)
        {
            person = new Person(nextNumber());
            _people.Add(person);
            await caller.SendAsync(person);
            mine.Add(person);
        }
        else if (person.Approved)
        {
            mine.Remove(person);
        }
        else if (choice < 70)
        {
            await caller.LookAtPhoneAsync(person);
        }
        else if (choice < 85 && person.WrongGuesses < 4)
        {
            await caller.GuessWrongAsync(person);
        }
        else if (choice < 93)
        {
            await caller.SendAsync(person);
        }
        else
        {
            await caller.ApproveAsync(person);
        }
    }
}
