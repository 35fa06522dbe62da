namespace Countersign.Core.Guard.Sharing;

/// <summary>
/// Whether any other node listens: one that is alone need not tell what it counts. Every node says something each second, if only that it is there; and what a node says it hears itself, as do all. So
/// whoever has heard itself for a while, and nobody else, is alone. In any other case, also that it hears nothing at all, it supposes that there are others.
/// Nodes of builds that say nothing of themselves the store tells of (<see cref="IGuardWire.SeesOthers"/>).
/// </summary>
sealed class Neighbours(TimeProvider time)
{
    /// <summary>How often a node says something.</summary>
    public static readonly TimeSpan HelloEvery = TimeSpan.FromSeconds(1);

    /// <summary>Nobody else for so long, and it is alone. More than one word that could not be sent takes (5 s), and the pause after it.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>Itself not for so long, and it cannot say who is there.</summary>
    static readonly TimeSpan Deaf = TimeSpan.FromSeconds(3);

    readonly Lock _gate = new();
    long? _heardSelfAt;
    long? _onlySelfSince;
    volatile bool _any = true;

    /// <summary>False for a node that is alone, as far as it can know. As of the last <see cref="Look"/>.</summary>
    public bool Any => _any;

    /// <summary>Its own voice came back.</summary>
    public void HeardSelf()
    {
        lock (_gate)
        {
            if (_heardSelfAt is not { } before || time.GetElapsedTime(before) > Deaf)
            {
                _onlySelfSince = null;
            }

            _heardSelfAt = time.GetTimestamp();
            _onlySelfSince ??= _heardSelfAt;
        }
    }

    /// <summary>Another node said something.</summary>
    public void HeardOther()
    {
        lock (_gate)
        {
            _onlySelfSince = null;
            _any = true;
        }
    }

    /// <summary>Judges anew. To be called a few times a second.</summary>
    public void Look()
    {
        lock (_gate)
        {
            var isHearing = _heardSelfAt is { } self && time.GetElapsedTime(self) <= Deaf;
            _any = !(isHearing && _onlySelfSince is { } since && time.GetElapsedTime(since) >= Silence);
        }
    }
}
