using Countersign.Core.Verifications;

namespace Countersign.Core.Guard.Sharing;

/// <summary>Carries what one node's Guard counted to the others, beside the requests and not on their way: at most once, in any order, soon. What is lost makes a limit laxer for a while and nothing else.</summary>
public interface IGuardWire
{
    /// <summary>False where there is one node only, by the kind of its store: then nothing is sent.</summary>
    bool HasOthers { get; }

    /// <summary>
    /// Whether other nodes run, by the store's own signs of life and whatever they say here: builds from before 2026-11-29 listen, and say nothing while nothing happens at them. False where that is not known.
    /// </summary>
    bool SeesOthers { get; }

    /// <summary>The largest batch that one call of <see cref="SendAsync"/> takes, in bytes.</summary>
    int MaxBatchBytes { get; }

    /// <summary>Gives a batch to every node that listens, this one among them.</summary>
    /// <exception cref="StoreUnavailableException">It could not be sent.</exception>
    Task SendAsync(ReadOnlyMemory<byte> batch, CancellationToken ct);

    /// <summary>Hands on each batch that arrives, one at a time, until it is cancelled. Ends earlier only by an exception.</summary>
    /// <exception cref="StoreUnavailableException">Nothing can be heard now.</exception>
    Task ListenAsync(Action<ReadOnlyMemory<byte>> heard, CancellationToken ct);
}
