namespace Countersign.Core.Delivery;

/// <summary>Lets each thing be said by itself while there are few, and counts those that were not said once there are many. Safe to call from many threads.</summary>
/// <param name="time">By whose timestamps.</param>
public sealed class FewASecond(TimeProvider time)
{
    /// <summary>Lines a second, at most.</summary>
    public const int Most = 20;

    readonly Lock _gate = new();
    long _second = long.MinValue;
    int _said, _untold;

    /// <summary>Whether one more may be told of in this second; and how many of those before were not.</summary>
    public bool May(out int untold)
    {
        lock (_gate)
        {
            var second = time.GetTimestamp() / time.TimestampFrequency;
            if (second != _second)
            {
                (_second, _said) = (second, 0);
            }

            untold = 0;
            if (_said == Most)
            {
                _untold++;
                return false;
            }

            _said++;
            (untold, _untold) = (_untold, 0);
            return true;
        }
    }
}
