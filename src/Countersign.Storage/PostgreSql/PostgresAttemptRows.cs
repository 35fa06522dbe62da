using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Attempt rows: the history of what was sent, by whom, and what came of it.</summary>
static class PostgresAttemptRows
{
    /// <summary>In the order in which <see cref="Read"/> expects them.</summary>
    public const string Columns = """
        sid, verification_sid, service_sid, account_sid, channel, is_first, status, carrier, carrier_message_id, error, carrier_code, locale, segments, route, tries,
        charge, created_at, updated_at, country
        """;

    /// <summary>How many columns these are.</summary>
    public const int Count = 19;

    public static AttemptRecord Read(NpgsqlDataReader row)
    {
        var charge = row.TextOrNull(15) is { } json ? System.Text.Json.JsonSerializer.Deserialize(json, StorageJson.Default.ChargeDocument) : null;
        return new AttemptRecord
        {
            Sid = row.Sid(0, "VL"),
            VerificationSid = row.Sid(1, "VE"),
            ServiceSid = row.Sid(2, "VA"),
            AccountSid = row.Sid(3, "AC"),
            Channel = (Channel)row.GetInt16(4),
            IsFirst = row.GetBoolean(5),
            Status = (AttemptStatus)row.GetInt16(6),
            Carrier = row.TextOrNull(7),
            CarrierMessageId = row.TextOrNull(8),
            Error = row.IsDBNull(9) ? null : (DeliveryError)row.GetInt32(9),
            CarrierCode = row.TextOrNull(10),
            Locale = row.TextOrNull(11),
            Segments = row.GetInt32(12),
            Route = row.TextOrNull(13),
            Tries = row.TextOrNull(14) is { } tries ? TryDocument.Read(tries) : [],
            Price = charge?.Price,
            Currency = charge?.Currency,
            MobileCountryCode = charge?.Mcc,
            MobileNetworkCode = charge?.Mnc,
            CreatedAt = row.Moment(16),
            UpdatedAt = row.Moment(17),
            Country = row.TextOrNull(18),
        };
    }

    public static NpgsqlBatchCommand Insert(AttemptRecord attempt)
    {
        var insert = new NpgsqlBatchCommand($"""
            INSERT INTO attempt (shard, {Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            """);
        insert.Parameters.Bind((short)Sid.ShardOf(attempt.Sid.Value)).Bind(attempt.Sid).Bind(attempt.VerificationSid).Bind(attempt.ServiceSid).Bind(attempt.AccountSid)
            .Bind((short)attempt.Channel).Bind(attempt.IsFirst).Bind((short)attempt.Status).Bind(attempt.Carrier).Bind(attempt.CarrierMessageId).Bind((int?)attempt.Error)
            .Bind(attempt.CarrierCode).Bind(attempt.Locale).Bind(attempt.Segments).Bind(attempt.Route).Bind(TryDocument.Write(attempt.Tries)).Bind(ChargeDocument.Write(attempt))
            .Bind(attempt.CreatedAt).Bind(attempt.UpdatedAt).Bind(attempt.Country);
        return insert;
    }

    /// <summary>Writes what receipts change.</summary>
    // Note: by key, one statement for each, so that each looks into one partition. An update that joins a list might be planned to read all of them.
    public static NpgsqlBatchCommand Update(AttemptRecord attempt)
    {
        var update = new NpgsqlBatchCommand("UPDATE attempt SET status = $1, error = $2, carrier_code = $3, charge = $4, updated_at = $5 WHERE sid = $6 AND shard = $7");
        update.Parameters.Bind((short)attempt.Status).Bind((int?)attempt.Error).Bind(attempt.CarrierCode).Bind(ChargeDocument.Write(attempt)).Bind(attempt.UpdatedAt)
            .Bind(attempt.Sid).Bind((short)Sid.ShardOf(attempt.Sid.Value));
        return update;
    }

    /// <summary>Reads attempts and keeps everybody else from changing them until the end of the transaction. Locked in the order of their SIDs, so that no two wait for each other.</summary>
    public static async Task<Dictionary<Sid, AttemptRecord>> LockAsync(NpgsqlConnection connection, IEnumerable<Sid> sids, CancellationToken ct)
    {
        await using var find = new NpgsqlCommand($"SELECT {Columns} FROM attempt WHERE sid = ANY ($1) ORDER BY sid FOR UPDATE", connection);
        find.Parameters.Bind(sids);
        return (await find.ReadAsync(Read, ct)).ToDictionary(attempt => attempt.Sid);
    }

    /// <summary>Those of the attempts that did not arrive.</summary>
    public static async Task<List<AttemptRecord>> UndeliveredAsync(NpgsqlConnection connection, IEnumerable<Sid> sids)
    {
        await using var find = new NpgsqlCommand($"SELECT {Columns} FROM attempt WHERE sid = ANY ($1) AND status = $2", connection);
        find.Parameters.Bind(sids).Bind((short)AttemptStatus.Undelivered);
        return await find.ReadAsync(Read, CancellationToken.None);
    }
}
