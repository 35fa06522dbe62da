using Countersign.Core.Accounts;
using Countersign.Core.Delivery;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>Where a store under test keeps its things: it can be opened again and again, and goes away with everything in it.</summary>
public abstract class StoreHome : IAsyncDisposable
{
    /// <summary>The clock of every store that is opened here.</summary>
    public FakeTimeProvider Time { get; } = new(Desk.Opening);

    protected Sealer Sealer { get; } = new(Rings.WithKeys(1), new ReplayedRandom(7));

    /// <summary>Opens the store on what earlier ones left here. One at a time.</summary>
    public abstract Task<OpenStore> OpenAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>A store that is open. Disposing it is a proper shut-down.</summary>
public sealed class OpenStore(IVerificationStore verifications, IOutbox outbox, IServiceStore services, IAccountStore accounts, Func<ValueTask> close)
    : IAsyncDisposable
{
    public IVerificationStore Verifications => verifications;

    public IOutbox Outbox => outbox;

    public IServiceStore Services => services;

    public IAccountStore Accounts => accounts;

    public ValueTask DisposeAsync() => close();
}
