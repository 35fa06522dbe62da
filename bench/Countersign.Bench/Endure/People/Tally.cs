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
    int _begunByOlder;
    int _approvedByOlder;
    (int Milliseconds, string What) _slowest = (0, "");

    public int Answered => _answered;

    /// <summary>503 or 429 with Retry-After, where the caller did nothing to deserve it.</summary>
    public int Refused => _refused;

    /// <summary>Calls that broke off when a node went down.</summary>
    public int CutOff => _cutOff;

    /// <summary>Verifications that an older build's node began and one of this build approved.</summary>
    public int BegunByOlder => _begunByOlder;

    /// <summary>Verifications that a node of this build began and an older one's approved.</summary>
    public int ApprovedByOlder => _approvedByOlder;

    /// <summary>The call that took longest, and how long.</summary>
    public string Slowest
    {
        get
        {
            lock (_wrong)
            {
                return $"{_slowest.Milliseconds} ms ({_slowest.What})";
            }
        }
    }

    public int Wrong => _wrong.Values.Sum();

    public string Wrongs => string.Join("; ", _wrong.OrderByDescending(pair => pair.Value).Take(ShownWrongs).Select(pair => $"{pair.Value} × {pair.Key}"));

    /// <param name="took">How long it took.</param>
    /// <param name="what">The call, without numbers and SIDs.</param>
    public void CountAnswer(TimeSpan took, string what)
    {
        Interlocked.Increment(ref _answered);
        if (took.TotalMilliseconds > Volatile.Read(ref _slowest.Milliseconds))
        {
            lock (_wrong)
            {
                _slowest = took.TotalMilliseconds > _slowest.Milliseconds ? ((int)took.TotalMilliseconds, what) : _slowest;
            }
        }
    }

    public void CountRefusal() => Interlocked.Increment(ref _refused);

    public void CountCutOff() => Interlocked.Increment(ref _cutOff);

    public void CountApproval(bool begunByOlder, bool approvedByOlder)
    {
        if (begunByOlder && !approvedByOlder)
        {
            Interlocked.Increment(ref _begunByOlder);
        }
        else if (approvedByOlder && !begunByOlder)
        {
            Interlocked.Increment(ref _approvedByOlder);
        }
    }

    /// <summary>An answer that there must not be. The text says what, without numbers or codes.</summary>
    public void CountWrong(string what) => _wrong.AddOrUpdate(what, 1, (_, count) => count + 1);
}
