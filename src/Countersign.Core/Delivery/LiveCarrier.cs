using Countersign.Core.Channels;

namespace Countersign.Core.Delivery;

/// <summary>A carrier that is in use, with the sends that are under way through it.</summary>
public sealed class LiveCarrier(ICarrier carrier, CarrierDefinition? definition, Channel[] channels) : IAsyncDisposable
{
    readonly CarrierPlaces _places = new(definition?.MaxInFlight ?? int.MaxValue);
    int _inFlight;
    int _retired;
    int _disposed;

    public ICarrier Carrier => carrier;

    public string Name => carrier.Name;

    /// <summary>As the operator configured it; null for the sandbox.</summary>
    public CarrierDefinition? Definition => definition;

    /// <summary>The channels that it serves when it is on.</summary>
    public IReadOnlyList<Channel> Channels => channels;

    /// <summary>Sends under way.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>It takes no more messages: an operator changed or removed it. The directory knows what stands in its place.</summary>
    internal bool IsRetired => Volatile.Read(ref _retired) == 1;

    /// <summary>A list of this one, made once.</summary>
    internal IReadOnlyList<LiveCarrier> Alone => field ??= [this];

    /// <summary>Whether it takes messages on that channel now.</summary>
    public bool Serves(Channel channel) => definition is not { Enabled: false } && Array.IndexOf(channels, channel) >= 0;

    /// <summary>
    /// Takes one of its places, waiting for one where <paramref name="wait"/> says so, behind whoever waits since before <paramref name="since"/>; false when all stay taken, and where it is
    /// <see cref="IsRetired">retired</see>. Give it back with <see cref="Leave"/>.
    /// </summary>
    internal async ValueTask<bool> EnterAsync(bool wait, CancellationToken ct, DateTimeOffset since = default)
    {
        if (!_places.TryEnter() && !(wait && await _places.EnterAsync(since, ct)))
        {
            return false;
        }

        // In this order: whoever retires it now sees that somebody is in it, or is seen.
        Interlocked.Increment(ref _inFlight);
        if (IsRetired)
        {
            Leave();
            return false;
        }

        return true;
    }

    internal void Leave()
    {
        _places.Leave();
        Settle();
    }

    void Settle()
    {
        if (Interlocked.Decrement(ref _inFlight) == 0 && IsRetired && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _ = DisposeAsync().AsTask();
        }
    }

    /// <summary>Takes it out of use: it is disposed of when the last send through it is over.</summary>
    internal void Retire()
    {
        Interlocked.Increment(ref _inFlight);
        Volatile.Write(ref _retired, 1);
        Settle();
    }

    public async ValueTask DisposeAsync()
    {
        switch (carrier)
        {
            case IAsyncDisposable asynchronous: await asynchronous.DisposeAsync(); break;
            case IDisposable disposable: disposable.Dispose(); break;
        }
    }
}
