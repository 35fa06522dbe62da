using System.Buffers.Binary;
using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>Reads many things at once, outside of exchanges.</summary>
sealed class RedisReader(RedisDatabase database, IVerificationHistory history, Sealer sealer)
{
    /// <summary>The messages in these entries of the streams, as far as they are still there: exchange by exchange, and in each in the order of their time.</summary>
    public async Task<List<StoredMessage>> MessagesAsync(IReadOnlyList<List<OutboxEntry>> exchanges)
    {
        var found = await Task.WhenAll(exchanges.Select(exchange => Task.WhenAll(
            exchange.GroupBy(entry => entry.Group).Select(byGroup => database.EntriesAsync(byGroup.Key, [.. byGroup.Select(entry => entry.Id)])))));
        return
        [
            .. found.SelectMany(exchange => exchange
                .SelectMany(group => group)
                .Where(entry => entry.Length == 1)
                .SelectMany(entry => OutboxMessages.Read((byte[])entry[0][1][1]!).Messages)
                .OrderBy(message => message.Attempt.OrderedAt)),
        ];
    }

    /// <summary>The verifications with these SIDs, those that only PostgreSQL has included; one that cannot be opened is left out.</summary>
    public async Task<Dictionary<Sid, Verification>> VerificationsAsync(IReadOnlyCollection<Sid> sids)
    {
        var found = new Dictionary<Sid, Verification>();
        foreach (var byGroup in sids.Distinct().GroupBy(sid => database.Keys.GroupOf(sid.Value)))
        {
            var wanted = byGroup.ToList();
            var arguments = new List<object> { "", "", 0 };
            foreach (var sid in wanted)
            {
                var bytes = new byte[16];
                BinaryPrimitives.WriteUInt128BigEndian(bytes, sid.Value);
                arguments.AddRange(["V", database.Keys.BySid(sid), bytes]);
            }

            var answers = await database.CallAsync(byGroup.Key, "step", [.. arguments]);
            for (var i = 0; i < wanted.Count; i++)
            {
                var blob = answers[i].Resp2Type == ResultType.Array ? (byte[]?)answers[i][0] : (byte[]?)answers[i];
                if (blob is not null)
                {
                    Add(found, () => VerificationBlob.Read(sealer, blob, RedisPlaceKind.ByKey));
                }
            }
        }

        var missing = sids.Where(sid => !found.ContainsKey(sid)).ToHashSet();
        if (missing.Count > 0)
        {
            foreach (var row in await history.FindAsync(missing, CancellationToken.None))
            {
                Add(found, () => VerificationBlob.Read(sealer, row));
            }
        }

        return found;
    }

    static void Add(Dictionary<Sid, Verification> found, Func<Steps.StoredVerification> read)
    {
        try
        {
            var verification = read().Verification;
            found[verification.Sid] = verification;
        }
        catch (System.Security.Cryptography.CryptographicException problem) when (problem is not UnknownKeyException)
        {
            // Damaged: as good as gone.
        }
    }
}
