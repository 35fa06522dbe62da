using Countersign.Core.Verifications;

namespace Countersign.Core.Guard;

/// <summary>
/// One reason to refuse a start. Runs on the caller's thread before anything is kept or sent, never waits for anything, and must be safe to call from many threads.
/// Every <see cref="Judge"/> that lets a start through is followed by one <see cref="Settle"/>.
/// </summary>
public interface IGuardStage
{
    /// <summary>Where it stands among the others, lowest first: what is cheap and what costs a caller nothing goes before what counts.</summary>
    int Order { get; }

    /// <summary>Refuses a start, or lets it through (null) and counts it.</summary>
    GuardRefusal? Judge(StartFacts start, DateTimeOffset now);

    /// <summary>What became of a start that this stage let through: its message is in the outbox; or it was refused elsewhere or failed, and what was counted is to be given back.</summary>
    void Settle(StartFacts start, bool sent, DateTimeOffset now);

    /// <summary>How long a next start to the same destination would have to wait after this one, which was let through; zero for not at all. Counts nothing.</summary>
    TimeSpan Wait(StartFacts start, DateTimeOffset now) => TimeSpan.Zero;

    /// <summary>The code of a verification was typed back (or the caller approved it). <paramref name="destination"/> is the index value of its destination, which costs a hash to find.</summary>
    void Approved(Verification verification, UInt128 destination, DateTimeOffset now);
}
