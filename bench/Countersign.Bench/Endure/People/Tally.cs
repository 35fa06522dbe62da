using System.Collections.Concurrent;

namespace Countersign.Bench.Endure.People;

/// <summary>What all callers saw together.</summary>
sealed class Tally
{
    const int ShownWrongs = 10;

    readonly ConcurrentDictionary<string, int> _wrong = [];
    int _answered;
    int _refused;
    int _cutOff;
    int _slowest;

    public int Answered => _answered;

    /// <summary>503 or 429 with Retry-After, where the caller did nothing to deserve it.</summary>
    public int Refused => _refused;

    /// <summary>Calls that broke off when a node went down.</summary>
    public int CutOff => _cutOff;

    /// <summary>Milliseconds of the call that took longest.</summary>
    public int Slowest => _slowest;

    public int Wrong => _wrong.Values.Sum();

    public string Wrongs => string.Join("; ", _wrong.OrderByDescending(pair => pair.Value).Take(ShownWrongs).Select(pair => $"{pair.Value} × {pair.Key}"));

    public void CountAnswer(TimeSpan took)
    {
        Interlocked.Increment(ref _answered);
        for (int milliseconds = (int)took.TotalMilliseconds, before = _slowest; milliseconds > before; before = _slowest)
        {
            Interlocked.CompareExchange(ref _slowest, milliseconds, before);
        }
    }

    public void CountRefusal() => Interlocked.Increment(ref _refused);

    public void CountCutOff() => Interlocked.Increment(ref _cutOff);

    /// <summary>An answer that there must not be. The text says what, without numbers or codes.</summary>
    public void CountWrong(string what) => _wrong.AddOrUpdate(what, 1, (_, count) => count + 1);
}
