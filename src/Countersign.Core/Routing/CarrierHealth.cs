namespace Countersign.Core.Routing;

/// <summary>
/// Circuit breakers. A carrier is <em>refusing</em> when it does not take messages, and <em>dark</em> when it takes them and neither receipts nor codes
/// come back where they usually do: everywhere, or in one country. An open breaker moves the carrier to the end of each plan and lets single messages through. Thread-safe.
/// </summary>
public sealed class CarrierHealth
{
    internal const int MostCarriers = 20_000;

    internal static readonly ProbeIntervals RefusingProbes = new(TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(5));
    internal static readonly ProbeIntervals DarkProbes = new(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(10));

    const string Refuses = "it did not take the last messages", IsDark = "it took messages but no codes came back", IsDarkHere = "it took messages for this country but no codes came back";

    readonly Lock _gate = new();
    readonly Dictionary<(CarrierKey Carrier, string Country), Watched> _watched = [];

    /// <summary>The carrier answered: it took the message, or refused it for a reason that is the number's and not its own.</summary>
    public void Succeeded(CarrierKey carrier, DateTimeOffset at, TimeSpan latency) => Answered(carrier, at, latency);

    /// <summary>
    /// The carrier was asked and did not take a message. <paramref name="carrierFault"/>: it was out of order or timed out, whichever number it was; otherwise it answered, and the number is at
    /// fault. What is set wrongly for one destination is neither, and is not told. <paramref name="error"/> says what went wrong, and is told with the breaker.
    /// </summary>
    public void Failed(CarrierKey carrier, bool carrierFault, DateTimeOffset at, string? error = null)
    {
        if (!carrierFault)
        {
            Answered(carrier, at, null);
            return;
        }

        lock (_gate)
        {
            var watched = Watch(carrier, "", at);
            watched.Window = watched.Window.With(fault: true, at);
            watched.LastFault = error;
            if (watched.Window.IsTooBad)
                watched.Refusing = watched.Refusing.Open(at, RefusingProbes);
        }
    }

    /// <summary>The breakers of an account's carriers that are open, also those that let a probe through now; those for all countries before those for one.</summary>
    public IReadOnlyList<OpenBreaker> Open(Sid account)
    {
        var open = new List<OpenBreaker>();
        lock (_gate)
        {
            foreach (var ((carrier, country), watched) in _watched)
            {
                if (carrier.Account == account && (watched.Refusing.IsOpen || watched.Dark.IsOpen))
                {
                    var kind = watched.Refusing.IsOpen ? BreakerKind.Refusing : BreakerKind.Dark;
                    open.Add(new OpenBreaker(carrier.Name, country.Length == 0 ? null : country, kind, watched.Refusing.IsOpen ? watched.WhyItRefuses : country.Length == 0 ? IsDark : IsDarkHere));
                }
            }
        }

        open.Sort(static (left, right) => string.CompareOrdinal($"{left.Carrier}|{left.Country}", $"{right.Carrier}|{right.Country}"));
        return open;
    }

    /// <summary>All breakers that are or were open, and every carrier that answered lately.</summary>
    public IReadOnlyList<CarrierHealthState> States(DateTimeOffset now)
    {
        var states = new List<CarrierHealthState>();
        lock (_gate)
        {
            foreach (var ((carrier, country), watched) in _watched)
            {
                if (country.Length == 0)
                    states.Add(CarrierHealthState.Of(carrier, null, BreakerKind.Refusing, watched.Refusing, watched.Latency, now));
                states.Add(CarrierHealthState.Of(carrier, country.Length == 0 ? null : country, BreakerKind.Dark, watched.Dark, watched.Latency, now));
            }
        }

        states.Sort(static (left, right) =>
            string.CompareOrdinal($"{left.Carrier.Name}|{left.Country}|{left.Kind}", $"{right.Carrier.Name}|{right.Country}|{right.Kind}"));
        return states;
    }

    /// <summary>Whether the carrier may get a message to the country now: all its breakers are closed, or let a probe through. Takes none.</summary>
    internal BreakerVerdict Judge(CarrierKey carrier, string country, DateTimeOffset now)
    {
        lock (_gate)
        {
            var verdict = BreakerVerdict.Closed;
            if (_watched.TryGetValue((carrier, ""), out var everywhere))
            {
                verdict = verdict.And(everywhere.Refusing, now, everywhere.Refusing.IsOpen ? everywhere.WhyItRefuses : "");
                verdict = verdict.And(everywhere.Dark, now, IsDark);
            }

            if (country.Length > 0 && _watched.TryGetValue((carrier, country), out var here))
                verdict = verdict.And(here.Dark, now, IsDarkHere);
            return verdict;
        }
    }

    /// <summary>Takes the probe that is due; false if it was taken meanwhile.</summary>
    internal bool TryProbe(CarrierKey carrier, string country, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!Judge(carrier, country, now).MayBeAsked)
                return false;

            if (_watched.TryGetValue((carrier, ""), out var everywhere))
            {
                everywhere.Refusing = everywhere.Refusing.Probe(now, RefusingProbes) ?? everywhere.Refusing;
                everywhere.Dark = everywhere.Dark.Probe(now, DarkProbes) ?? everywhere.Dark;
            }

            if (country.Length > 0 && _watched.TryGetValue((carrier, country), out var here))
                here.Dark = here.Dark.Probe(now, DarkProbes) ?? here.Dark;
            return true;
        }
    }

    /// <summary>Nothing comes back where something should have; an empty country is everywhere.</summary>
    internal void WentDark(CarrierKey carrier, string country, DateTimeOffset at)
    {
        lock (_gate)
        {
            var watched = Watch(carrier, country, at);
            watched.Dark = watched.Dark.Open(at, DarkProbes);
        }
    }

    /// <summary>A code came back; an empty country is everywhere.</summary>
    internal void CameBack(CarrierKey carrier, string country, DateTimeOffset at)
    {
        lock (_gate)
        {
            if (_watched.TryGetValue((carrier, country), out var watched))
                watched.Dark = watched.Dark.Close(at);
        }
    }

    internal int Count
    {
        get
        {
            lock (_gate)
                return _watched.Count;
        }
    }

    void Answered(CarrierKey carrier, DateTimeOffset at, TimeSpan? latency)
    {
        lock (_gate)
        {
            var watched = Watch(carrier, "", at);
            watched.Window = watched.Window.With(fault: false, at);
            // Answers to what was sent before it broke still come in, and a carrier that loses every second message must stay open.
            if (watched.Refusing.IsOpen && (watched.Refusing.Probes > 0 || watched.Refusing.IsDue(at)))
            {
                watched.Refusing = watched.Refusing.Close(at);
                watched.Window = default;
            }

            if (latency is { } took)
                watched.Latency = watched.Latency is { } usual ? usual + ((took - usual) / 16) : took;
        }
    }

    Watched Watch(CarrierKey carrier, string country, DateTimeOffset at)
    {
        if (!_watched.TryGetValue((carrier, country), out var watched))
        {
            if (_watched.Count >= MostCarriers)
                ForgetOldest();
            _watched.Add((carrier, country), watched = new Watched());
        }

        watched.TouchedAt = at;
        return watched;
    }

    // An eighth at once, so that a flood of new carriers does not sort them all for each.
    void ForgetOldest()
    {
        var oldest = _watched.OrderBy(static pair => pair.Value.IsOpen).ThenBy(static pair => pair.Value.TouchedAt).Select(static pair => pair.Key);
        foreach (var key in oldest.Take(MostCarriers / 8).ToArray())
            _watched.Remove(key);
    }

    sealed class Watched
    {
        public RefusalWindow Window { get; set; }

        public CarrierBreaker Refusing { get; set; }

        public CarrierBreaker Dark { get; set; }

        public TimeSpan? Latency { get; set; }

        public DateTimeOffset TouchedAt { get; set; }

        /// <summary>What went wrong last, in words.</summary>
        public string? LastFault { get; set; }

        /// <summary>Said of a breaker that is open.</summary>
        public string WhyItRefuses => LastFault is null ? Refuses : $"{Refuses} ({LastFault})";

        public bool IsOpen => Refusing.IsOpen || Dark.IsOpen;
    }
}
