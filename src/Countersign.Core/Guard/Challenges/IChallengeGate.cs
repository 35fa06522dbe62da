namespace Countersign.Core.Guard.Challenges;

/// <summary>Has a start show a little work before it goes on. Safe to call from many threads; waits for nothing.</summary>
public interface IChallengeGate
{
    /// <summary>Null when the start carries a solution that was asked for by <paramref name="reason"/>'s kind of doubt or any other, is enough for this one (<see cref="Challenge.Tolerance"/>), unused and not expired; else the refusal that tells what to solve.</summary>
    /// <param name="start">The start that is in doubt. A challenge is good for its service and destination only.</param>
    /// <param name="effort">How much work: 0 for the least, each further one doubles it, up to 6.</param>
    /// <param name="reason">What raised the doubt, lower case with underscores, for <c>details</c>.</param>
    /// <param name="now">The moment to judge at.</param>
    GuardRefusal? Ask(StartFacts start, int effort, string reason, DateTimeOffset now);
}
