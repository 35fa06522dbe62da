namespace Countersign.Server.Tests.Hosting;

/// <summary>A clock that throws when told to: a failure in the middle of any request.</summary>
sealed class BrokenClock : TimeProvider
{
    public Exception? Problem { get; set; }

    public override DateTimeOffset GetUtcNow() => Problem is null ? base.GetUtcNow() : throw Problem;
}
