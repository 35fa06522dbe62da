namespace Countersign.Core.Factors;

/// <summary>
/// Entities with their factors and challenges. Whatever is changed below one entity is changed one step after the other, on whichever node: what a step was decided on is still
/// so when it is kept. Each verb is one atomic step; what changes something is durable when it returns. What is not there is null.
/// </summary>
public interface IEntityStore
{
    /// <summary>
    /// Reads an entity with what is asked for of it. Each part is as it was at one moment, and nothing of an earlier entity of the same identity; where somebody changes it
    /// meanwhile, some parts may be from before and others from after. Whoever decides on them does so in <see cref="ChangeAsync"/>.
    /// </summary>
    Task<EntityState> ReadAsync(EntityKey key, EntityRead read, CancellationToken ct);

    /// <summary>
    /// Decides on what is there and keeps what was decided, all of it or nothing. The function must be pure: it runs again where another step came between, and where it throws
    /// nothing is changed. Gives the result of the run that was kept.
    /// </summary>
    Task<T> ChangeAsync<T>(EntityKey key, EntityRead read, Func<EntityState, EntityChange<T>> change, CancellationToken ct);

    /// <summary>Removes an entity with its factors and challenges. False where there was none. An entity that is made again for the same identity has nothing of the old one.</summary>
    Task<bool> DeleteAsync(EntityKey key, CancellationToken ct);

    /// <summary>A service's entities, newest first.</summary>
    Task<Page<Entity>> ListAsync(Sid service, PageRequest request, CancellationToken ct);

    /// <summary>An entity's challenges in the order that is asked for; <see cref="PageCursor.Backwards"/> then means towards the start of the list.</summary>
    Task<Page<Challenge>> ListChallengesAsync(EntityKey key, ChallengeFilter filter, PageRequest request, CancellationToken ct);

    /// <summary>The service's entity of that SID: what a passkey's user handle names.</summary>
    Task<Entity?> FindAsync(Sid service, Sid entity, CancellationToken ct);

    /// <summary>The service's factor with that credential.</summary>
    Task<Factor?> FindByCredentialAsync(Sid service, UInt128 credential, CancellationToken ct);

    /// <summary>Keeps an access token, for reading it again.</summary>
    Task AddTokenAsync(AccessToken token, CancellationToken ct);

    /// <summary>The service's access token of that SID, for a day or longer after it was made.</summary>
    Task<AccessToken?> FindTokenAsync(Sid service, Sid token, CancellationToken ct);
}

/// <summary>What is read beside the entity itself.</summary>
/// <param name="Factor">One of its factors; null for that of the challenge, or none.</param>
/// <param name="Challenge">One of its challenges.</param>
/// <param name="AllFactors">All of its factors, oldest first.</param>
/// <param name="Only">All of its factors of this type instead: what is not read need not be unsealed.</param>
public readonly record struct EntityRead(Sid? Factor = null, Sid? Challenge = null, bool AllFactors = false, FactorType? Only = null)
{
    /// <summary>Whether a list of factors is asked for.</summary>
    public bool ListsFactors => AllFactors || Only is not null;
}

/// <summary>What is there. Factors and challenges are of this entity, or not there.</summary>
public sealed record EntityState(Entity? Entity, Factor? Factor, Challenge? Challenge, IReadOnlyList<Factor> Factors);

/// <summary>What a step decided: what is null stays as it is.</summary>
/// <param name="Result">What the step says to its caller.</param>
public sealed record EntityChange<T>(T Result)
{
    /// <summary>Made or changed. Must be given where there is none yet and something is put below it. Its SID, service and identity never change.</summary>
    public Entity? Entity { get; init; }

    /// <summary>Added or changed.</summary>
    public Factor? Factor { get; init; }

    /// <summary>Added or changed.</summary>
    public Challenge? Challenge { get; init; }

    /// <summary>A factor to remove. Its challenges stay: they are what happened.</summary>
    public Sid? RemovedFactor { get; init; }

    /// <summary>The result where another factor has the credential already; nothing is changed then.</summary>
    public T? WhenTaken { get; init; }

    /// <summary>Whether there is something to keep.</summary>
    public bool ChangesSomething => Entity is not null || Factor is not null || Challenge is not null || RemovedFactor is not null;
}

/// <summary>Which challenges of an entity, and from which end.</summary>
/// <param name="Factor">Those of one factor.</param>
/// <param name="Status">Those that are so at <paramref name="Now"/>.</param>
/// <param name="OldestFirst">Their order.</param>
/// <param name="Now">The moment that tells pending ones from expired ones.</param>
public readonly record struct ChallengeFilter(Sid? Factor, ChallengeFilterStatus? Status, bool OldestFirst, DateTimeOffset Now);

/// <summary>What lists are filtered by.</summary>
public enum ChallengeFilterStatus
{
    Pending,
    Approved,
    Denied,

    /// <summary>Neither approved nor denied when its time was over.</summary>
    Expired,
}
