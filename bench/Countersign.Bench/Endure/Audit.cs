using System.Diagnostics;
using Countersign.Bench.Endure.People;

namespace Countersign.Bench.Endure;

/// <summary>Compares what was acknowledged with what the API says, what the store holds and what the carrier got.</summary>
sealed class Audit(Stage stage)
{
    const int Lookups = 8;

    /// <summary>Of a hundred messages those that steps of the clock may have ended under way; counted were 8 of 7,519.</summary>
    const int MostAtSteps = 2;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(150), Pause = TimeSpan.FromMilliseconds(250);

    readonly List<Person> _people = [.. stage.Crowd.Everyone.Where(person => person.Sid is not null)];
    int _lost;
    int _wrong;
    int _tooLate;
    int _atSteps;

    public async Task<Verdict> RunAsync()
    {
        var unsent = await WaitForMessagesAsync();
        var cutOff = stage.Tally.CutOff;

        // A node that nobody asked since the store came back may still refuse for a moment, which is not to have lost anything.
        await stage.UntilReadyAsync();
        await Parallel.ForEachAsync(_people.Index(), new ParallelOptions { MaxDegreeOfParallelism = Lookups }, async (one, _) => await LookAtAsync(one.Index, one.Item));

        // And behind the API's back: what it knows by heart would be gone with it.
        var kept = await stage.Store.ReadAsync();
        var found = _people.Count(person => kept.Verifications.Contains(person.Sid!));
        var unrecorded = _people.SelectMany(person => person.Attempts).Count(attempt => !kept.Attempts.Contains(attempt));
        foreach (var problem in stage.Problems)
        {
            Console.Error.WriteLine($"  {problem}");
        }

        if (stage.Tally.Wrong > 0)
        {
            Console.Error.WriteLine($"  wrong: {stage.Tally.Wrongs}");
        }

        if (unrecorded > 0)
        {
            Console.Error.WriteLine($"  {unrecorded} messages have no record in the store");
        }

        var messages = _people.Sum(person => person.Attempts.Count);
        if (_atSteps * 100 > messages * MostAtSteps)
        {
            Console.Error.WriteLine($"  unsent: {_atSteps} of {messages} messages, more than steps of the clock explain");
            unsent += _atSteps;
        }

        return new Verdict
        {
            Acknowledged = _people.Count,
            Found = found,
            Approved = _people.Count(person => person.Approvals > 0),
            Lost = _lost,
            DoubleApprovals = _people.Count(person => person.Approvals > 1),
            SixthChecks = _people.Count(person => person.Guesses > 5),
            Unsent = unsent + unrecorded,
            WrongAnswers = _wrong + stage.Tally.Wrong + stage.Problems.Count,
            Notes = $"{stage.Tally.Answered} answers, {messages} messages ({stage.Carrier.Again} again, {_tooLate} too late, {_atSteps} at a step of the clock), "
                + $"{stage.Tally.Refused} refused, {cutOff} cut off, slowest {stage.Tally.Slowest}{stage.Note}",
        };
    }

    /// <summary>
    /// Waits until the carrier has every acknowledged message, and each is recorded; gives how many it still has not. One whose verification ended before is not sent any
    /// more, rightly; that somebody ended it we know of ourselves, and that it ran out only a step of the clock explains.
    /// </summary>
    async Task<int> WaitForMessagesAsync()
    {
        var missing = _people.SelectMany(person => person.Attempts.Select(attempt => (Person: person, Attempt: attempt))).ToList();
        var unrecorded = missing.Select(one => one.Attempt).ToHashSet();
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < Patience; await Task.Delay(Pause))
        {
            var kept = await stage.Store.ReadAsync();
            unrecorded.ExceptWith(kept.Attempts);
            if (unrecorded.Count == 0 && _people.TrueForAll(person => kept.Verifications.Contains(person.Sid!)))
            {
                break;
            }
        }

        // After the records, since what is recorded last was sent before.
        missing.RemoveAll(one => stage.Carrier.Has(one.Attempt));
        var unsent = 0;
        foreach (var (person, attempt) in missing)
        {
            var status = await StatusOfAsync(attempt);
            if (status == "too_late" && person.MayHaveEnded)
            {
                _tooLate++;
                continue;
            }

            if (status == "too_late" && person.AskedAt.TryGetValue(attempt, out var asked) && stage.ClockSteps.Explain(asked))
            {
                _atSteps++;
                continue;
            }

            unsent++;
            Console.Error.WriteLine($"  unsent: {attempt} of {person.Sid} is recorded as {status}");
        }

        return unsent;
    }

    async Task<string> StatusOfAsync(string attempt)
    {
        var answer = await stage.Crowd.Caller.FetchAttemptAsync(stage.Nodes[0], attempt);
        return answer.Status == 200 ? answer.Text("status") : $"{answer.Status}";
    }

    async Task LookAtAsync(int number, Person person)
    {
        var node = stage.Nodes[number % stage.Nodes.Count];
        var answer = await stage.Crowd.Caller.FetchAsync(node, person);
        if (answer.Status != 200)
        {
            Interlocked.Increment(ref _lost);
            Console.Error.WriteLine($"  lost: {person.Sid} is {answer.Status}/{answer.Code} {answer.Reason}");
            return;
        }

        if (person.Contradiction(answer.Body, stage.ClocksDiffer) is { } what)
        {
            Interlocked.Increment(ref _wrong);
            Console.Error.WriteLine($"  wrong: {person.Sid} {what}");
        }

        if (person.Attempts.Select(stage.Carrier.CodeOf).OfType<string>().Distinct().Count() > 1)
        {
            Interlocked.Increment(ref _wrong);
            Console.Error.WriteLine($"  wrong: {person.Sid} was sent different codes");
        }

        // The code that was right, once more: it must not be taken again. Of some of them, since each is a write.
        if (person.Approvals > 0 && number % 4 == 0 && stage.Crowd.CodeOf(person) is { } code)
        {
            await stage.Crowd.Caller.CheckAsync(node, person, code, right: true, bySid: true);
        }
    }
}
