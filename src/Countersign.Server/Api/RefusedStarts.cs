using Countersign.Core;
using Countersign.Core.Numbers;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api;

/// <summary>
/// Leaves a line in the log for each start that Guard refused, since nothing else is kept of it: who is told that no code came has to find why. An attack is refused a thousand times a second; so
/// only so many are told of, and the others counted.
/// </summary>
sealed partial class RefusedStarts(TimeProvider time, ILogger<RefusedStarts> logger)
{
    /// <summary>Lines a second, at most.</summary>
    public const int MostASecond = 20;

    readonly Lock _gate = new();
    long _second = long.MinValue;
    int _told, _untold;

    /// <summary>Tells of one.</summary>
    public void Tell(Sid service, Destination to, ApiError refusal)
    {
        if (MayTell(out var untold))
        {
            LogRefused(to.ToString(), service.ToString(), refusal.Code, refusal.Details?.Reason ?? "", untold);
        }
    }

    /// <summary>Whether one more may be told of in this second; and how many of the seconds before were not.</summary>
    bool MayTell(out int untold)
    {
        lock (_gate)
        {
            var second = time.GetTimestamp() / time.TimestampFrequency;
            if (second != _second)
            {
                (_second, _told) = (second, 0);
            }

            untold = 0;
            if (_told == MostASecond)
            {
                _untold++;
                return false;
            }

            _told++;
            (untold, _untold) = (_untold, 0);
            return true;
        }
    }

    [LoggerMessage(9203, LogLevel.Information, "A start to {To} of {Service} was refused: {Code} {Reason} ({Untold} before it were not told of)")]
    partial void LogRefused(string to, string service, int code, string reason, int untold);
}
