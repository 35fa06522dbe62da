using System.Globalization;
using Countersign.Core;

namespace Countersign.Carriers.Infobip;

/// <summary>
/// What a message is called at Infobip: by its attempt, and once Infobip has refused it with a number behind that (<c>VL…-1</c>). Otherwise the next try might be refused as a repetition of what was
/// refused, which reads as taken, and nobody would have sent it. A refusal is remembered for as long as a message is tried again; after a restart the attempt's own name is used.
/// </summary>
sealed class InfobipIds(TimeProvider time)
{
    /// <summary>Refusals in one generation: there are two, so at most twice as many are remembered.</summary>
    internal const int Most = 50_000;

    static readonly TimeSpan Age = TimeSpan.FromMinutes(5);

    readonly Lock _lock = new();
    Dictionary<Sid, int> _young = [], _old = [];
    long _since = time.GetTimestamp();

    /// <summary>The name of the attempt's next try.</summary>
    public string Next(Sid attempt)
    {
        var refused = Count(attempt);
        return refused == 0 ? attempt.ToString() : $"{attempt}-{refused}";
    }

    /// <summary>Infobip has said that it does not send the attempt's last try. One whose answer was lost keeps its name.</summary>
    public void Refused(Sid attempt)
    {
        lock (_lock)
        {
            var refused = Count(attempt) + 1;
            if (_young.Count >= Most || time.GetElapsedTime(_since) >= Age)
            {
                (_young, _old, _since) = ([], _young, time.GetTimestamp());
            }

            _young[attempt] = refused;
        }
    }

    /// <summary>Whether a report under this name speaks of the attempt, and not of a try of it that was refused and is known to have been.</summary>
    public bool IsOf(string? name, Sid attempt)
    {
        var own = attempt.ToString();
        var number = 0;
        return name is not null && name.StartsWith(own, StringComparison.Ordinal)
            && (name.Length == own.Length
                || (name[own.Length] == '-' && int.TryParse(name.AsSpan(own.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out number)))
            && number >= Count(attempt);
    }

    int Count(Sid attempt)
    {
        lock (_lock)
        {
            return _young.TryGetValue(attempt, out var refused) || _old.TryGetValue(attempt, out refused) ? refused : 0;
        }
    }
}
