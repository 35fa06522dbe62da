using Countersign.Core;
using Countersign.Core.Registry;

namespace Countersign.Storage;

/// <summary>How entries of one registry are written: an open part as JSON, and a part that is sealed.</summary>
abstract class RegistryDocument<T>
    where T : class, IRegistered
{
    /// <summary>The name that its rows carry.</summary>
    public abstract string Kind { get; }

    public abstract string Write(T entry);

    /// <summary>What must not lie in the store in clear, as plain bytes; null for nothing.</summary>
    public virtual byte[]? Secrets(T entry) => null;

    public abstract T Read(RegistryRow row);

    public abstract (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(T entry);
}

/// <summary>A row as it is read.</summary>
readonly record struct RegistryRow(Sid AccountSid, string Name, string Body, byte[]? Secrets, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);
