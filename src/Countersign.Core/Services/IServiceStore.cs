namespace Countersign.Core.Services;

/// <summary>Where services are kept. Every verb is one atomic step and durable when it returns.</summary>
public interface IServiceStore
{
    /// <summary>Adds a service. False when the account has as many as it may (<see cref="ServiceLimits.MaxPerAccount"/>).</summary>
    Task<bool> CreateAsync(VerifyService service, CancellationToken ct);

    /// <summary>The service, of whichever account; null where there is none.</summary>
    ValueTask<VerifyService?> FindAsync(Sid service, CancellationToken ct);

    /// <summary>An account's services, newest first.</summary>
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
