using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Storage.Steps;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>The statements of one exchange that find verifications: by destination through its head, or by SID.</summary>
sealed class VerificationReads(Sealer sealer)
{
    /// <summary>
    /// The bound leaves out the partitions of old days, which would have to be opened for each batch. What lies below it still tells its SID, and is then read by it.
    /// </summary>
    const string ByKeySql = $"""
        SELECT h.key, h.sid, {VerificationColumns.List}
        FROM unnest($1, $2) AS i(key, shard) JOIN head h ON h.key = i.key AND h.shard = i.shard
        LEFT JOIN verification v ON v.sid = h.sid AND v.sid >= $3
        """;

    const string BySidSql = $"""
        SELECT {VerificationColumns.List}
        FROM unnest($1) AS i(sid) JOIN verification v ON v.sid = i.sid AND v.sid >= $2 AND v.sid <= $3
        """;

    readonly ArrayParameter<Guid> _keys = ArrayParameter.Uuid(), _sids = ArrayParameter.Uuid();
    readonly ArrayParameter<short> _shards = ArrayParameter.Small();
    readonly Dictionary<UInt128, StepEntry> _byKey = [];
    readonly Dictionary<UInt128, List<StepEntry>> _bySid = [];
    KeptCommand? _readByKey, _readBySid;

    /// <summary>Adds what these entries need; those that know a head but nothing of it yet are read by its SID.</summary>
    public void AddTo(NpgsqlBatch batch, IEnumerable<StepEntry> reads, DateTimeOffset floor)
    {
        _keys.Clear();
        _shards.Clear();
        _sids.Clear();
        _byKey.Clear();
        _bySid.Clear();
        var (lowest, highest) = (UInt128.MaxValue, UInt128.MinValue);
        foreach (var entry in reads)
        {
            if ((entry.Step.VerificationSid?.Value ?? entry.Head) is { } sid)
            {
                if (_bySid.TryGetValue(sid, out var others))
                {
                    others.Add(entry);
                    continue;
                }

                _sids.Add(sid.ToUuid());
                _bySid[sid] = [entry];
                lowest = sid < lowest ? sid : lowest;
                highest = sid > highest ? sid : highest;
            }
            else
            {
                _keys.Add(entry.Key.ToUuid());
                _shards.Add((short)Sid.ShardOf(entry.Key));
                _byKey[entry.Key] = entry;
            }
        }

        if (_byKey.Count > 0)
        {
            (_readByKey ??= new KeptCommand(ByKeySql, () => [_keys.AsParameter(), _shards.AsParameter(), new NpgsqlParameter<Guid>()])).AddTo(batch).Set(3, Sid.FirstAt("VE", floor).ToUuid());
        }

        if (_bySid.Count > 0)
        {
            (_readBySid ??= new KeptCommand(BySidSql, () => [_sids.AsParameter(), new NpgsqlParameter<Guid>(), new NpgsqlParameter<Guid>()])).AddTo(batch)
                .Set(2, lowest.ToUuid()).Set(3, highest.ToUuid());
        }
    }

    /// <summary>Puts what was found where it belongs.</summary>
    /// <returns>The entries of which only the head was found: what it names is older than the bound, or gone.</returns>
    public async Task<List<StepEntry>> ReadAsync(NpgsqlDataReader results)
    {
        var older = new List<StepEntry>();
        if (_byKey.Count > 0)
        {
            while (await results.ReadAsync())
            {
                var entry = _byKey[results.GetGuid(0).ToValue()];
                entry.Head = results.GetGuid(1).ToValue();
                if (results.IsDBNull(2))
                {
                    older.Add(entry);
                }
                else
                {
                    Found(entry, results, 2);
                }
            }

            await results.NextResultAsync();
        }

        if (_bySid.Count > 0)
        {
            while (await results.ReadAsync())
            {
                foreach (var entry in _bySid[results.GetGuid(0).ToValue()])
                {
                    Found(entry, results, 0);
                }
            }
        }

        return older;
    }

    void Found(StepEntry entry, NpgsqlDataReader results, int at)
    {
        try
        {
            var stored = VerificationColumns.Read(results, sealer, at);
            entry.Current = stored.Verification.ServiceSid == entry.Step.ServiceSid ? stored : null;
        }
        catch (Exception problem) when (problem is not NpgsqlException)
        {
            // The keys are right, or the store would not have opened: this row was damaged, and the others of the batch were not.
            entry.Problem = problem;
        }
    }
}
