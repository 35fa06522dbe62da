namespace Countersign.Bench.Hot;

/// <summary>One phase of one round, or one at half load.</summary>
sealed record PhaseResult
{
    public required string Store { get; init; }

    /// <summary>bare, start or check.</summary>
    public required string Kind { get; init; }

    public required int Connections { get; init; }

    /// <summary>From 1; 0 at half load.</summary>
    public required int Round { get; init; }

    public required long Answers { get; init; }

    public required double Seconds { get; init; }

    public required double PerSecond { get; init; }

    /// <summary>Milliseconds from request to whole answer, the median. At half load, from when the request was due.</summary>
    public required double P50 { get; init; }

    public required double P99 { get; init; }

    public required double P999 { get; init; }

    /// <summary>The server's processor time for one request, deliveries included.</summary>
    public required double ServerMicroseconds { get; init; }

    /// <summary>The same of the store's own processes; 0 for the embedded one.</summary>
    public required double StoreMicroseconds { get; init; }

    /// <summary>Cores that the server kept busy.</summary>
    public required double ServerCores { get; init; }

    public required double StoreCores { get; init; }

    /// <summary>Cores that the generator kept busy; it has one thread, so near 1 it is the bottleneck.</summary>
    public required double GeneratorCores { get; init; }

    /// <summary>Cores that everybody else on the machine kept busy: far from 0, the run says little.</summary>
    public required double OtherCores { get; init; }

    /// <summary>Bytes sent to the disk for one request, by whoever wrote meanwhile, the file system included; null where that could not be counted.</summary>
    public double? WrittenBytes { get; init; }

    /// <summary>How often the server and the store's own processes had a file flushed to the disk; null where that could not be counted.</summary>
    public long? Syncs { get; init; }

    /// <summary>Bytes of managed memory for one request.</summary>
    public required double AllocatedBytes { get; init; }

    public required int Collections { get; init; }

    public required int FullCollections { get; init; }

    /// <summary>How long garbage collections held the server up during the phase.</summary>
    public required double PausedMilliseconds { get; init; }

    /// <summary>How long the outbox still sent after the last answer.</summary>
    public required double BehindSeconds { get; init; }

    /// <summary>Bytes of memory that the server held when the phase was over.</summary>
    public required long ServerMemory { get; init; }

    /// <summary>The same of the store's own processes.</summary>
    public required long StoreMemory { get; init; }

    /// <summary>Answers that were not the right one: which, and how many.</summary>
    public required IReadOnlyDictionary<string, long> Wrong { get; init; }
}
