using System.Buffers.Binary;
using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>Verifications that were found, and why others could not be read now; those in neither are not there, or damaged.</summary>
sealed record FoundVerifications(Dictionary<Sid, Verification> Found, Dictionary<Sid, string> Unread);

/// <summary>Reads many things of a group at once, outside of exchanges. A server that hangs is waited for no longer than <see cref="RedisDatabase.Patience"/>.</summary>
sealed partial class RedisReader(RedisDatabase database, IVerificationHistory history, Sealer sealer, ILogger<RedisStore> logger)
{
    /// <summary>The messages in these entries of the stream, as far as they are still there, and not damaged.</summary>
    public async Task<List<(OutboxEntry Entry, StoredMessage Message)>> MessagesAsync(int group, List<OutboxEntry> entries)
    {
        var found = await InTimeAsync(database.EntriesAsync(group, entries.ConvertAll(entry => entry.Id)));
        var messages = new List<(OutboxEntry, StoredMessage)>();
        for (var i = 0; i < found.Length; i++)
        {
            if (found[i].Length == 1)
            {
                messages.AddRange(Messages(group, entries[i].Id, (byte[])found[i][0][1][1]!).Messages.Select(message => (entries[i], message)));
            }
        }

        return messages;
    }

    /// <summary>What an entry says. A damaged one is as good as gone, and must not hold up the others of its group, nor this node's signs of life there.</summary>
    public (long Exchange, List<StoredMessage> Messages) Messages(int group, string id, byte[] bytes)
    {
        var (exchange, messages, problem) = OutboxMessages.TryRead(bytes);
        if (problem is not null)
        {
            LogDamaged(id, group, problem.GetType().Name);
        }

        return (exchange, messages);
    }

    /// <summary>The verifications with these SIDs, those that only PostgreSQL has included.</summary>
    public async Task<FoundVerifications> VerificationsAsync(int group, IReadOnlyCollection<Sid> sids)
    {
        var found = new FoundVerifications([], []);
        var wanted = sids.Distinct().ToList();
        if (wanted.Count == 0)
        {
            return found;
        }

        var arguments = new List<object> { "", "", 0, "" };
        foreach (var sid in wanted)
        {
            var bytes = new byte[16];
            BinaryPrimitives.WriteUInt128BigEndian(bytes, sid.Value);
            arguments.AddRange(["V", database.Keys.BySid(sid), bytes]);
        }

        var answers = await InTimeAsync(database.CallAsync(group, "step", [.. arguments]));
        for (var i = 0; i < wanted.Count; i++)
        {
            var blob = answers[i].Resp2Type == ResultType.Array ? (byte[]?)answers[i][0] : (byte[]?)answers[i];
            if (blob is not null)
            {
                Add(found, wanted[i], () => VerificationBlob.Read(sealer, blob, RedisPlaceKind.ByKey));
            }
        }

        await AddFromHistoryAsync(found, wanted.Where(sid => !found.Found.ContainsKey(sid) && !found.Unread.ContainsKey(sid)).ToHashSet());
        return found;
    }

    async Task AddFromHistoryAsync(FoundVerifications found, HashSet<Sid> missing)
    {
        if (missing.Count == 0)
        {
            return;
        }

        try
        {
            foreach (var row in await history.FindAsync(missing, CancellationToken.None).WaitAsync(RedisDatabase.Patience, TimeProvider.System))
            {
                Add(found, row.Sid, () => VerificationBlob.Read(sealer, row));
            }
        }
        catch (Exception problem) when (problem is StoreUnavailableException or StoreOverloadedException or TimeoutException)
        {
            // These wait for PostgreSQL, and the others of the group are in Redis.
            foreach (var sid in missing)
            {
                found.Unread[sid] = "PostgreSQL, which has their verifications, does not answer.";
            }
        }
    }

    static void Add(FoundVerifications found, Sid sid, Func<Steps.StoredVerification> read)
    {
        try
        {
            var verification = read().Verification;
            found.Found[verification.Sid] = verification;
        }
        catch (UnknownKeyException problem)
        {
            found.Unread[sid] = problem.Message;
        }
        catch (Exception)
        {
            // Damaged: as good as gone, and must not hold up the others.
        }
    }

    static async Task<T> InTimeAsync<T>(Task<T> asked)
    {
        try
        {
            return await asked.WaitAsync(RedisDatabase.Patience, TimeProvider.System);
        }
        catch (TimeoutException problem)
        {
            throw new StoreUnavailableException("Redis hangs: it has not answered yet.", problem);
        }
    }

    [LoggerMessage(3307, LogLevel.Error, "Entry {Entry} of group {Group} is dropped from the outbox: it is damaged ({Problem}), and its messages do not go out")]
    partial void LogDamaged(string entry, int group, string problem);
}
