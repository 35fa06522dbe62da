using System.Buffers.Binary;
using Countersign.Core;
using Microsoft.Data.Sqlite;

namespace Countersign.Bench.Retention;

/// <summary>Years of history, made in a minute: rows as a server writes them in shape and size, put into the file behind the store's back.</summary>
static class OldRows
{
    /// <summary>Every other attempt went by a real carrier, whose message ids are indexed: removing those costs more.</summary>
    public static void Insert(string database, int rows, Sid account, Sid service, DateTimeOffset from, DateTimeOffset to)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Pooling = false }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -262144");
        using (var transaction = connection.BeginTransaction())
        {
            using var verification = Command(connection, """
                INSERT INTO verification (id, sid, service_sid, account_sid, destination, status, channel, created_at, updated_at, expires_at, checks, key_id, nonce, code_length, attempts, personal)
                VALUES ($id, $sid, $service, $account, $bytes, 2, 1, $at, $at, $at + 600000, 1, 1, $bytes, 6, $sends, $personal)
                """, "$id", "$sid", "$service", "$account", "$bytes", "$at", "$sends", "$personal");
            using var attempt = Command(connection, """
                INSERT INTO attempt (id, sid, verification_sid, service_sid, account_sid, channel, is_first, status, carrier, carrier_message_id, locale, segments, created_at, updated_at, country)
                VALUES ($id, $sid, $sid, $service, $account, 1, 1, 4, $carrier, $message, 'en', 1, $at, $at + 1000, 'US')
                """, "$id", "$sid", "$service", "$account", "$carrier", "$message", "$at");
            Set(verification, ("$service", Bytes(service)), ("$account", Bytes(account)));
            Set(attempt, ("$service", Bytes(service)), ("$account", Bytes(account)));
            var step = (to - from) / rows;
            for (var i = 0; i < rows; i++)
            {
                var at = from + (step * i);
                var sid = Sid.NewOrdered("VE", at, RandomSource.System);
                var (id, bytes) = ((long)(ulong)(sid.Value >> 65), Bytes(sid));
                Set(verification, ("$id", id), ("$sid", bytes), ("$bytes", Random(16)), ("$at", at.ToUnixTimeMilliseconds()), ("$sends", Random(25)), ("$personal", Random(110)));
                verification.ExecuteNonQuery();
                Set(attempt, ("$id", id), ("$sid", bytes), ("$carrier", i % 2 == 0 ? "sandbox" : "acme"), ("$message", $"SM{Convert.ToHexStringLower(Random(16))}"), ("$at", at.ToUnixTimeMilliseconds()));
                attempt.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    static byte[] Bytes(Sid sid)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, sid.Value);
        return bytes;
    }

    static byte[] Random(int length)
    {
        var bytes = new byte[length];
        RandomSource.System.Fill(bytes);
        return bytes;
    }

    static SqliteCommand Command(SqliteConnection connection, string sql, params string[] parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        }

        return command;
    }

    static void Set(SqliteCommand command, params ReadOnlySpan<(string Name, object Value)> values)
    {
        foreach (var (name, value) in values)
        {
            command.Parameters[name].Value = value;
        }
    }

    static void Execute(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql);
        command.ExecuteNonQuery();
    }
}
