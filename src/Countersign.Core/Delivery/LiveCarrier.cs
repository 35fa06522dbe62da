using Countersign.Core.Channels;

namespace Countersign.Core.Delivery;

/// <summary>A carrier that is in use, with the sends that are under way through it.</summary>
public sealed class LiveCarrier(ICarrier carrier, CarrierDefinition? definition, Channel[] channels) : IAsyncDisposable
{
    int _inFlight;
    int _retired;

    public ICarrier Carrier => carrier;

    public string Name => carrier.Name;

    /// <summary>As the operator configured it; null for the sandbox.</summary>
    public CarrierDefinition? Definition => definition;

    /// <summary>The channels that it serves when it is on.</summary>
    public IReadOnlyList<Channel> Channels => channels;

    /// <summary>Sends under way.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>A list of this one, made once.</summary>
    internal IReadOnlyList<LiveCarrier> Alone => field ??= [this];

    /// <summary>Whether it takes messages on that channel now.</summary>
    public bool Serves(Channel channel) => definition is not { Enabled: false } && Array.IndexOf(channels, channel) >= 0;

    /// <summary>Takes one of its places; false when all are taken. Give it back with <see cref="Leave"/>.</summary>
    internal bool TryEnter()
    {
        if (Interlocked.Increment(ref _inFlight) <= (definition?.MaxInFlight ?? int.MaxValue))
        {
            return true;
        }

        Leave();
        return false;
    }

    internal void Leave()
    {
        if (Interlocked.Decrement(ref _inFlight) == 0 && Volatile.Read(ref _retired) == 1)
        {
            _ = DisposeAsync().AsTask();
        }
    }

    /// <summary>Takes it out of use: it is disposed of when the last send through it is over.</summary>
    internal void Retire()
    {
        Interlocked.Increment(ref _inFlight);
        Volatile.Write(ref _retired, 1);
        Leave();
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
