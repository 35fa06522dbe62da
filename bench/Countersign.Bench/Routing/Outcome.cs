namespace Countersign.Bench.Routing;

/// <summary>What a policy achieved in one run.</summary>
sealed class Outcome(double until)
{
    public const double SliceSeconds = 1800;

    readonly List<float> _waits = [];

    public long People { get; private set; }

    public long Conversions { get; private set; }

    /// <summary>Of the first message, without asking again.</summary>
    public long FirstConversions { get; private set; }

    public long Sends { get; private set; }

    /// <summary>Sends that a carrier refused or did not answer, before another one took them.</summary>
    public long Refused { get; set; }

    /// <summary>Messages, resends and probes included, that went to the dark carrier during its outage.</summary>
    public long Lost { get; private set; }

    /// <summary>When each of the lost ones was sent.</summary>
    public List<double> LostAt { get; } = [];

    public decimal Cost { get; private set; }

    public double[] SlicePeople { get; } = new double[(int)(until / SliceSeconds) + 1];

    public double[] SliceConversions { get; } = new double[(int)(until / SliceSeconds) + 1];

    public double MedianWait
    {
        get
        {
            _waits.Sort();
            return _waits.Count == 0 ? double.NaN : _waits[_waits.Count / 2];
        }
    }

    public void Started(double at)
    {
        People++;
        SlicePeople[(int)(at / SliceSeconds)]++;
    }

    public void Sent(double at, int carrier, bool isDark, bool isFirst)
    {
        Sends++;
        Cost += World.Carriers[carrier].Cost;
        if (isDark)
        {
            Lost++;
            LostAt.Add(at);
        }
    }

    public void Converted(double startedAt, double wait, bool byFirst)
    {
        Conversions++;
        FirstConversions += byFirst ? 1 : 0;
        SliceConversions[(int)(startedAt / SliceSeconds)]++;
        _waits.Add((float)wait);
    }
}
