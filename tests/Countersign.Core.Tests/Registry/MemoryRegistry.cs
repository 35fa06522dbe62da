using Countersign.Core.Privacy;
using Countersign.Core.Registry;

namespace Countersign.Core.Tests.Registry;

/// <summary>A registry in memory.</summary>
sealed class MemoryRegistry<T> : IRegistry<T>
    where T : class, IRegistered
{
    readonly Lock _gate = new();
    List<T> _entries = [];
    List<UnreadableEntry<T>> _hidden = [];

    public long Version { get; private set; }

    public IReadOnlyList<T> All => _entries;

    public IReadOnlyList<UnreadableEntry<T>> Unreadable => _hidden;

    public IReadOnlyList<T> Of(Sid account) => _entries.FindAll(entry => entry.AccountSid == account);

    public T? Find(Sid account, string name) => _hidden.Exists(entry => entry.AccountSid == account && entry.Name == name)
        ? throw new UnknownKeyException(2)
        : _entries.Find(entry => entry.AccountSid == account && entry.Name == name);

    /// <summary>An entry is changed with a key that is not here.</summary>
    public void Hide(Sid account, string name)
    {
        lock (_gate)
        {
            var before = Find(account, name);
            _entries = _entries.FindAll(entry => !ReferenceEquals(entry, before));
            _hidden = [.. _hidden, new UnreadableEntry<T>(account, name, before, LacksKey: true)];
            Version++;
        }
    }

    public Task<T?> PutAsync(Sid account, string name, Func<T?, T?> change, CancellationToken ct)
    {
        lock (_gate)
        {
            var before = Find(account, name);
            if (change(before) is not { } after)
                return Task.FromResult(before);
            if (before is null && (Of(account).Count >= IRegistry<T>.MaxPerAccount
                || after.Bound is { } bound && Of(account).Count(entry => entry.Name.StartsWith(bound.Prefix, StringComparison.Ordinal)) >= bound.Most))
                return Task.FromResult<T?>(null);
            _entries = before is null ? [.. _entries, after] : _entries.ConvertAll(entry => ReferenceEquals(entry, before) ? after : entry);
            Version++;
            return Task.FromResult<T?>(after);
        }
    }

    public Task<bool> DeleteAsync(Sid account, string name, CancellationToken ct)
    {
        lock (_gate)
        {
            var before = Find(account, name);
            _entries = _entries.FindAll(entry => !ReferenceEquals(entry, before));
            Version += before is null ? 0 : 1;
            return Task.FromResult(before is not null);
        }
    }
}
