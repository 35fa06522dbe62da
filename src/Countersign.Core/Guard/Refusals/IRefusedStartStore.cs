namespace Countersign.Core.Guard.Refusals;

/// <summary>Refused starts of the last days, newest first. Retention removes them.</summary>
public interface IRefusedStartStore
{
    /// <summary>Keeps some, in one atomic step that is durable when it returns.</summary>
    /// <exception cref="Verifications.StoreOverloadedException">Requests come first; nothing was kept.</exception>
    /// <exception cref="Verifications.StoreUnavailableException">Whether they were kept is not known.</exception>
    Task AddAsync(IReadOnlyList<RefusedStart> refusals, CancellationToken ct);

    /// <summary>One page of an account's, never of another's.</summary>
    Task<Page<RefusedStart>> ListAsync(RefusedStartFilter filter, PageRequest page, CancellationToken ct);
}

/// <summary>Which refused starts are asked for.</summary>
/// <param name="Account">Whose.</param>
/// <param name="Service">Only this service's; null for all.</param>
/// <param name="Destination">Only those of a destination, by its index value; null for all.</param>
public sealed record RefusedStartFilter(Sid Account, Sid? Service, UInt128? Destination);
