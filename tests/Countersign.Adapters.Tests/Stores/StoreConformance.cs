using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>
/// What every store must do, by the words of the ports it implements. A store has one class per suite that derives from it and names the store's home; a new verb of
/// a port starts with a test in the suite.
/// </summary>
public abstract class StoreConformance(StoreHome home) : IAsyncLifetime
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected FakeTimeProvider Time => home.Time;

    protected StoreHome Home => home;

    /// <summary>The store, open.</summary>
    protected OpenStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Store = await home.OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await home.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the store and opens it again on what it left.</summary>
    protected async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = await home.OpenAsync();
    }
}
