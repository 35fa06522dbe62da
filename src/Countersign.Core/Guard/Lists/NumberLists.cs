using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Registry;

namespace Countersign.Core.Guard.Lists;

/// <summary>
/// An account's safe list and block list. Looking a number up takes one dictionary for the number and one for each of its digits while there are prefixes, and allocates nothing.
/// What changes is durable when the call returns; other nodes know it as soon as they know any change of a registry.
/// </summary>
public sealed class NumberLists(IRegistry<NumberListPart> parts, DestinationIndex index, RandomSource random, TimeProvider time)
{
    /// <summary>Numbers that a list may hold.</summary>
    public const int MaxNumbers = 100_000;

    volatile Snapshot? _snapshot;

    /// <summary>Whether the account's safe list has this number, or a prefix of it.</summary>
    public bool IsSafe(Sid account, PhoneNumber number) => IsSafe(account, index.Of(number), number, time.GetUtcNow());

    /// <summary>As above, of a number whose index value is known.</summary>
    public bool IsSafe(Sid account, UInt128 key, PhoneNumber number, DateTimeOffset now) => Match(ListKind.Safe, account, key, number, now) is not null;

    /// <summary>The entry that keeps a number on a list for longest, one without an end before all others, and the number's own before a prefix; null where it is not on it. On a part of a safe list that cannot be read is nobody.</summary>
    /// <exception cref="UnknownKeyException">The part of a block list that it could be on opens with a key that this server does not have. For what is damaged it is another one.</exception>
    public ListedNumber? Match(ListKind kind, Sid account, UInt128 key, PhoneNumber number, DateTimeOffset now)
    {
        if (kind == ListKind.Block)
        {
            CheckReadable(account, NumberListPart.PartOf(key));
        }

        if (PartsOf(kind, account) is not { } list)
        {
            return null;
        }

        var own = list[NumberListPart.PartOf(key)]?.Entries is { } numbers && numbers.TryGetValue(key, out var found) && found.HoldsAt(now) ? found : null;
        return own is not { ExpiresAt: null } && list[NumberListPart.Prefixes]?.Entries is { Count: > 0 } prefixes ? MatchPrefix(prefixes, number, now, own) : own;
    }

    /// <summary>The entry itself; null where it is not on the list or has ended.</summary>
    public ListedNumber? Find(ListKind kind, Sid account, ListEntry entry) =>
        PartsOf(kind, account)?[entry.Part]?.Entries.GetValueOrDefault(entry.Key) is { } found && found.HoldsAt(time.GetUtcNow()) ? found : null;

    /// <summary>What is on a list, in the order in which it was put there.</summary>
    public IReadOnlyList<ListedNumber> All(ListKind kind, Sid account)
    {
        var now = time.GetUtcNow();
        return PartsOf(kind, account) is not { } list ? [] : [.. list
            .SelectMany(part => part?.Entries.Values ?? [])
            .Where(entry => entry.HoldsAt(now))
            .OrderBy(entry => entry.CreatedAt).ThenBy(entry => entry.Sid)];
    }

    /// <summary>
    /// Puts entries on a list, at once for all that lie in the same part of it. One that is there keeps its SID and, unless <paramref name="keep"/> is set, takes the new note and end.
    /// </summary>
    /// <returns>The entries as they are now, and whether each was new; null when the list cannot hold them all, and then some may be on it.</returns>
    public async Task<IReadOnlyList<(ListedNumber Listed, bool IsNew)>?> PutAsync(
        ListKind kind, Sid account, IReadOnlyList<ListEntry> entries, string? note, DateTimeOffset? expiresAt, bool keep, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var added = entries.Where(entry => !entry.IsPrefix && Find(kind, account, entry) is null).DistinctBy(entry => entry.Key).Count();
        var there = PartsOf(kind, account)?.Take(NumberListPart.Parts).Sum(part => part?.Entries.Values.Count(listed => listed.HoldsAt(now)) ?? 0) ?? 0;
        if (added > 0 && there + added > MaxNumbers)
        {
            return null;
        }

        var put = new List<(ListedNumber, bool)>();
        foreach (var group in entries.DistinctBy(entry => (entry.Part, entry.Key)).GroupBy(entry => entry.Part))
        {
            List<(ListedNumber, bool)> these = [];
            var isFull = false;
            await parts.PutAsync(
                account,
                NumberListPart.NameOf(kind, group.Key),
                before =>
                {
                    these.Clear();
                    var after = Living(before, now);
                    foreach (var entry in group)
                    {
                        var there = after.GetValueOrDefault(entry.Key);
                        var listed = there is not null && keep ? there : new ListedNumber
                        {
                            Sid = there?.Sid ?? Sid.NewRandom("GN", random),
                            Value = entry.Value,
                            IsPrefix = entry.IsPrefix,
                            Note = note,
                            CreatedAt = there?.CreatedAt ?? now,
                            ExpiresAt = expiresAt,
                        };
                        after[entry.Key] = listed;
                        these.Add((listed, there is null));
                    }

                    isFull = after.Count > NumberListPart.MaxEntries;
                    return isFull || (keep && these.TrueForAll(one => !one.Item2)) ? null : Changed(before, kind, account, group.Key, after, now);
                },
                ct);
            if (isFull)
            {
                return null;
            }

            put.AddRange(these);
        }

        return put;
    }

    /// <summary>Takes an entry off a list. False where it was not on it.</summary>
    public async Task<bool> RemoveAsync(ListKind kind, Sid account, ListEntry entry, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var removed = false;
        if (Find(kind, account, entry) is not null)
        {
            await parts.PutAsync(
                account,
                NumberListPart.NameOf(kind, entry.Part),
                before =>
                {
                    var after = Living(before, now);
                    removed = after.Remove(entry.Key);
                    return removed ? Changed(before, kind, account, entry.Part, after, now) : null;
                },
                ct);
        }

        return removed;
    }

    /// <summary>Who is blocked is not sent anything because this server cannot read it.</summary>
    void CheckReadable(Sid account, int part)
    {
        foreach (var entry in parts.Unreadable)
        {
            if (entry.AccountSid == account && NumberListPart.ReadName(entry.Name) is (ListKind.Block, var hidden) && (hidden == part || hidden == NumberListPart.Prefixes))
            {
                parts.Find(account, entry.Name);
            }
        }
    }

    static ListedNumber? MatchPrefix(IReadOnlyDictionary<UInt128, ListedNumber> prefixes, PhoneNumber number, DateTimeOffset now, ListedNumber? longest)
    {
        ulong digits = 0;
        foreach (var digit in number.Reveal().AsSpan(1))
        {
            digits = (digits * 10) + (ulong)(digit - '0');
            if (prefixes.TryGetValue(digits, out var found) && found.HoldsAt(now) && (longest is null || Outlasts(found, longest)))
            {
                longest = found;
            }
        }

        return longest;
    }

    static bool Outlasts(ListedNumber entry, ListedNumber other) => other.ExpiresAt is { } end && (entry.ExpiresAt is not { } later || later > end);

    /// <summary>What has ended goes with the next change of its part.</summary>
    static Dictionary<UInt128, ListedNumber> Living(NumberListPart? part, DateTimeOffset now) =>
        part?.Entries.Where(entry => entry.Value.HoldsAt(now)).ToDictionary() ?? [];

    static NumberListPart Changed(NumberListPart? before, ListKind kind, Sid account, int part, Dictionary<UInt128, ListedNumber> after, DateTimeOffset now) => new()
    {
        AccountSid = account,
        Kind = kind,
        Part = part,
        Entries = after,
        CreatedAt = before?.CreatedAt ?? now,
        UpdatedAt = now,
    };

    NumberListPart?[]? PartsOf(ListKind kind, Sid account)
    {
        // Asked for before the entries are: what changes in between is read twice, not missed.
        var version = parts.Version;
        var snapshot = _snapshot;
        if (snapshot is null || snapshot.Version != version)
        {
            _snapshot = snapshot = new Snapshot(version, parts.All);
        }

        return snapshot.Lists.GetValueOrDefault((account, kind));
    }

    /// <summary>The parts of every list by their place.</summary>
    sealed class Snapshot
    {
        public Snapshot(long version, IReadOnlyList<NumberListPart> parts)
        {
            Version = version;
            foreach (var part in parts)
            {
                if (!Lists.TryGetValue((part.AccountSid, part.Kind), out var list))
                {
                    Lists[(part.AccountSid, part.Kind)] = list = new NumberListPart?[NumberListPart.Parts + 1];
                }

                list[part.Part] = part;
            }
        }

        public long Version { get; }

        public Dictionary<(Sid Account, ListKind Kind), NumberListPart?[]> Lists { get; } = [];
    }
}
