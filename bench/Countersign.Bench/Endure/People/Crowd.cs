using System.Collections.Concurrent;
using System.Globalization;
using Countersign.Bench.Load;

namespace Countersign.Bench.Endure.People;

/// <summary>Callers on connections of their own that do what applications do, over whichever node is up, until they are told to stop.</summary>
sealed class Crowd
{
    const int Callers = 16, People = 40;

    static readonly TimeSpan Disappointment = TimeSpan.FromMilliseconds(50);

    readonly IReadOnlyList<Node> _nodes;
    readonly Carrier _carrier;
    readonly Tally _tally;
    readonly ConcurrentQueue<Person> _people = [];
    readonly Numbers _numbers = new(new Random());
    readonly Lock _gate = new();

    public Crowd(IReadOnlyList<Node> nodes, Carrier carrier, Tally tally, bool clocksDiffer)
    {
        (_nodes, _carrier, _tally) = (nodes, carrier, tally);
        Caller = new Caller(tally, clocksDiffer, _people.Enqueue);
    }

    /// <summary>How long each caller rests between two calls: the load is to be there, not to keep the machine from doing anything else.</summary>
    public TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(4);

    /// <summary>Everyone for whom a call was made.</summary>
    public IReadOnlyCollection<Person> Everyone => _people;

    public Caller Caller { get; }

    public Task RunAsync(int seed, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => WorkAsync(new Random((seed * Callers) + caller), stop)));

    public Person NewPerson()
    {
        long number;
        lock (_gate)
        {
            number = _numbers.Next();
        }

        var person = new Person(string.Create(CultureInfo.InvariantCulture, $"+1{number:D10}"));
        _people.Enqueue(person);
        return person;
    }

    /// <summary>A code that is not this one.</summary>
    public static string WrongFor(string? code) => code is null ? "000000" : $"{(char)('0' + ((code[0] - '0' + 1) % 10))}{code[1..]}";

    /// <summary>The code as the person's phone shows it; null if no message came yet.</summary>
    public string? CodeOf(Person person) => person.Attempts.Select(_carrier.CodeOf).FirstOrDefault(code => code is not null);

    async Task WorkAsync(Random random, CancellationToken stop)
    {
        var mine = new List<Person>();
        while (!stop.IsCancellationRequested)
        {
            var up = _nodes.Where(node => node.IsUp && node.TakesRequests).ToList();
            if (up.Count == 0)
            {
                await Task.Delay(Pause, CancellationToken.None);
                continue;
            }

            var before = _tally.Refused;
            await CallAsync(up[random.Next(up.Count)], random, mine);
            await Task.Delay(_tally.Refused == before ? Pause : Disappointment, CancellationToken.None);
        }
    }

    async Task CallAsync(Node node, Random random, List<Person> mine)
    {
        var choice = random.Next(100);
        if (mine.Count == 0 || (choice < 40 && mine.Count < People))
        {
            mine.Add(NewPerson());
            await Caller.SendAsync(node, mine[^1]);
            return;
        }

        var person = mine[random.Next(mine.Count)];
        var code = CodeOf(person);
        if (person.Sid is null)
        {
            // Its start was cut off.
            await Caller.SendAsync(node, person);
        }
        else if (person.MayHaveEnded)
        {
            // Once more, with the code that was right: it must not be taken.
            mine.Remove(person);
            await Caller.CheckAsync(node, person, code ?? WrongFor(code), right: code is not null, bySid: choice % 2 == 0);
        }
        else if (choice < 50)
        {
            await Caller.SendAsync(node, person);
        }
        else if (choice < 70)
        {
            await Caller.CheckAsync(node, person, WrongFor(code), right: false, bySid: choice % 2 == 0);
        }
        else if (choice < 75)
        {
            await Caller.CancelAsync(node, person);
        }
        else if (choice < 80)
        {
            await Caller.LookAsync(node, person);
        }
        else if (code is not null)
        {
            await Caller.CheckAsync(node, person, code, right: true, bySid: choice % 2 == 0);
        }
    }
}
