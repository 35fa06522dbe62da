using Countersign.Bench.Endure.People;

namespace Countersign.Bench.Endure.Scenarios;

/// <summary>Many callers at one verification, at once and over all nodes: five guesses are evaluated at most, one is approved at most, and of starts one verification comes.</summary>
static class Races
{
    const int Guesses = 24, Starts = 8;

    public static async Task RunAsync(Stage stage)
    {
        var rounds = stage.Options.Short ? 40 : 1000;
        for (var round = 0; round < rounds; round++)
        {
            await StartAtOnceAsync(stage, round);
            await GuessAtOnceAsync(stage, round);
        }

        stage.Note = $", {rounds} races of {Starts} starts and {Guesses} guesses";
    }

    static async Task StartAtOnceAsync(Stage stage, int round)
    {
        // As many people with one number, each of whom believes to be alone.
        var first = stage.Crowd.NewPerson();
        var all = Enumerable.Range(1, Starts - 1).Select(_ => new Person(first.Number)).Prepend(first).ToList();
        await Task.WhenAll(all.Select((person, number) => stage.Crowd.Caller.SendAsync(stage.Nodes[(round + number) % stage.Nodes.Count], person, contested: true)));
        var sids = all.Select(person => person.Sid).OfType<string>().Distinct().ToList();
        var sends = all.SelectMany(person => person.Attempts).Distinct().Count();
        if (sids.Count != 1 || sends != 5)
        {
            stage.Problems.Enqueue($"{Starts} starts at once made {sids.Count} verifications and {sends} sends");
        }

        first.Sid ??= sids.FirstOrDefault();
        foreach (var person in all.Skip(1))
        {
            first.Attempts.AddRange(person.Attempts);
        }
    }

    static async Task GuessAtOnceAsync(Stage stage, int round)
    {
        var person = stage.Crowd.NewPerson();
        await stage.Crowd.Caller.SendAsync(stage.Nodes[round % stage.Nodes.Count], person);
        string? code;
        for (var tries = 0; (code = stage.Crowd.CodeOf(person)) is null; tries++)
        {
            if (tries > 1000)
            {
                throw new BenchException("A message did not come within 10 s.");
            }

            await stage.PauseAsync(0.01);
        }

        // One in eight is right; in every fourth round none.
        await Task.WhenAll(Enumerable.Range(0, Guesses).Select(number =>
        {
            var right = number % 8 == 4 && round % 4 != 0;
            return stage.Crowd.Caller.CheckAsync(
                stage.Nodes[(round + number) % stage.Nodes.Count], person, right ? code : Crowd.WrongFor(code), right, bySid: number % 3 == 0, contested: true);
        }));
        if (person.Approvals == 0 && person.Guesses != 5)
        {
            stage.Problems.Enqueue($"of {Guesses} guesses at once {person.Guesses} were evaluated, and none was right");
        }
    }
}
