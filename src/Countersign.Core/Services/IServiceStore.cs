namespace Countersign.Core.Services;

/// <summary>Where services are kept. Every verb is one atomic step and durable when it returns.</summary>
public interface IServiceStore
{
    /// <summary>Adds a service. False when the account has as many as it may (<see cref="ServiceLimits.MaxPerAccount"/>).</summary>
    Task<bool> CreateAsync(VerifyService service, CancellationToken ct);

    /// <summary>The service, of whichever account; null where there is none.</summary>
    /// <exception cref="Privacy.UnknownKeyException">It is there, and opens with a key that this server does not have: it is not to be taken for removed. For what is damaged it is another one.</exception>
    ValueTask<VerifyService?> FindAsync(Sid service, CancellationToken ct);

    /// <summary>The service as it was when it could last be read: for what happened already and only has to be told. Null where there is none, or it never could.</summary>
    VerifyService? LastRead(Sid service);

    /// <summary>An account's services, newest first, without those that cannot be read.</summary>
    Task<Page<VerifyService>> ListAsync(Sid account, PageRequest request, CancellationToken ct);

    /// <summary>Changes a service by a pure function of what is stored, so that two changes at once both count; null where there is none.</summary>
    Task<VerifyService?> UpdateAsync(Sid service, Func<VerifyService, VerifyService> change, CancellationToken ct);

    /// <summary>Removes a service. False where there was none.</summary>
    Task<bool> DeleteAsync(Sid service, CancellationToken ct);
}

/// <summary>What bounds an account.</summary>
public static class ServiceLimits
{
    /// <summary>Services in one account.</summary>
    public const int MaxPerAccount = 10_000;

    /// <summary>Test numbers in one service.</summary>
    public const int MaxTestNumbers = 100;
}

/// <summary>What follows from what a store of services can do.</summary>
public static class ServiceStoreQueries
{
    /// <summary>The service of an account that was made first, of those that there are; null where there is none.</summary>
    public static async Task<VerifyService?> FirstAsync(this IServiceStore services, Sid account, CancellationToken ct)
    {
        // Lists are newest first: what is newer than anything that there can be begins with the oldest.
        var first = await services.ListAsync(account, new PageRequest(1, new PageCursor(0, Backwards: true)), ct);
        return first.Items.Count > 0 ? first.Items[0] : null;
    }
}
