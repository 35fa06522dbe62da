namespace Countersign.Server.Api;

/// <summary>Whether this server is about to leave. While it is, callers are asked to connect anew, and load balancers to send them elsewhere.</summary>
sealed class Drain
{
    int _begun;

    public bool HasBegun => Volatile.Read(ref _begun) == 1;

    /// <summary>False if it had begun already.</summary>
    public bool Begin() => Interlocked.Exchange(ref _begun, 1) == 0;
}
