namespace Countersign.Core.Registry;

/// <summary>
/// An account's named settings of one kind: its carriers, routes, templates. Few and seldom changed, so a store holds them in memory as well and reading costs nothing.
/// Each verb is one atomic step; what changes something is durable when it returns.
/// </summary>
public interface IRegistry<T>
    where T : class, IRegistered
{
    /// <summary>Entries that an account may have.</summary>
    const int MaxPerAccount = 1000;

    /// <summary>Grows with every change of any account: whoever keeps something that it made of entries compares it.</summary>
    long Version { get; }

    /// <summary>Everything that can be read, whichever account's, in the order of creation.</summary>
    IReadOnlyList<T> All { get; }

    /// <summary>What is there and cannot be read.</summary>
    IReadOnlyList<UnreadableEntry<T>> Unreadable => [];

    /// <summary>An account's entries in the order of creation, without those that cannot be read.</summary>
    IReadOnlyList<T> Of(Sid account);

    /// <summary>The entry of that name; null where there is none.</summary>
    /// <exception cref="Privacy.UnknownKeyException">It is there, and opens with a key that this server does not have. For what is damaged it is another one.</exception>
    T? Find(Sid account, string name);

    /// <summary>
    /// Puts an entry in the place of the one of its name, or adds it, made by a function of what is there (null for nothing), so that two changes at once both count.
    /// The function may run more than once and returns null to change nothing. Gives what is there afterwards; null when the account has as many as it may, over all
    /// (<see cref="MaxPerAccount"/>) or of those that the entry is counted with (<see cref="IRegistered.Bound"/>). Counting and adding are one step, on whichever nodes others add.
    /// </summary>
    Task<T?> PutAsync(Sid account, string name, Func<T?, T?> change, CancellationToken ct);

    /// <summary>Removes an entry. False where there was none.</summary>
    Task<bool> DeleteAsync(Sid account, string name, CancellationToken ct);
}

/// <summary>What a registry keeps.</summary>
public interface IRegistered
{
    /// <summary>The account that it belongs to.</summary>
    Sid AccountSid { get; }

    /// <summary>Unique among the account's entries of its kind.</summary>
    string Name { get; }

    /// <summary>With which others of its account a new entry is counted, and how many of them there may be; null where only <see cref="IRegistry{T}.MaxPerAccount"/> bounds them.</summary>
    RegistryBound? Bound => null;
}

/// <summary>How many entries of one kind an account may have whose names begin alike.</summary>
/// <param name="Prefix">What the names begin with; empty for all that the account has.</param>
/// <param name="Most">How many there may be.</param>
public readonly record struct RegistryBound(string Prefix, int Most);
