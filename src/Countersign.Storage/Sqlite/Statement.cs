using System.Buffers.Binary;
using Countersign.Core;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// One prepared statement of one connection, used by one thread. The hot path goes past ADO.NET: a command
/// object with boxed parameters costs several times what SQLite itself needs for the row.
/// </summary>
sealed class Statement : IDisposable
{
    readonly sqlite3 _connection;
    readonly sqlite3_stmt _statement;
    int _next = 1;

    public Statement(sqlite3 connection, string sql)
    {
        _connection = connection;
        Sqlite.Check(connection, raw.sqlite3_prepare_v3(connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    public Statement Bind(long value)
    {
        Sqlite.Check(_connection, raw.sqlite3_bind_int64(_statement, _next++, value));
        return this;
    }

    public Statement Bind(DateTimeOffset moment) => Bind(moment.ToUnixTimeMilliseconds());

    public Statement Bind(UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return Bind((ReadOnlySpan<byte>)bytes);
    }

    public Statement Bind(Sid sid) => Bind(sid.Value);

    public Statement Bind(ReadOnlySpan<byte> bytes)
    {
        Sqlite.Check(_connection, raw.sqlite3_bind_blob(_statement, _next++, bytes));
        return this;
    }

    public Statement Bind(byte[]? bytes)
    {
        if (bytes is null)
        {
            _next++; // Bindings are cleared after each run: what is not bound is NULL.
            return this;
        }

        return Bind((ReadOnlySpan<byte>)bytes);
    }

    public Statement Bind(string? text)
    {
        if (text is null)
        {
            _next++;
            return this;
        }

        Sqlite.Check(_connection, raw.sqlite3_bind_text(_statement, _next++, text));
        return this;
    }

    public Statement Bind(int? value)
    {
        if (value is null)
        {
            _next++;
            return this;
        }

        return Bind((long)value);
    }

    /// <summary>Runs a statement that returns no row. False when a key was taken already.</summary>
    public bool Run()
    {
        var result = raw.sqlite3_step(_statement);
        Reset();
        if (result == raw.SQLITE_CONSTRAINT)
        {
            return false;
        }

        Sqlite.Check(_connection, result);
        return true;
    }

    /// <summary>Steps to the next row; false at the end, after which the statement can be bound anew.</summary>
    public bool Read()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        Reset();
        Sqlite.Check(_connection, result);
        return false;
    }

    public void Reset()
    {
        raw.sqlite3_reset(_statement);
        raw.sqlite3_clear_bindings(_statement);
        _next = 1;
    }

    public long Long(int column) => raw.sqlite3_column_int64(_statement, column);

    public int Int(int column) => raw.sqlite3_column_int(_statement, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_statement, column);

    public byte[]? BytesOrNull(int column) => IsNull(column) ? null : Bytes(column).ToArray();

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public Sid Sid(int column, string prefix) => Core.Sid.FromBytes(prefix, Bytes(column));

    public UInt128 UInt128(int column) => BinaryPrimitives.ReadUInt128BigEndian(Bytes(column));

    public DateTimeOffset Moment(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Long(column));

    public void Dispose() => _statement.Dispose();
}

/// <summary>Results of the SQLite library.</summary>
static class Sqlite
{
    /// <summary>Turns anything but success into an exception that names SQLite's reason; it never holds a value of a row.</summary>
    public static void Check(sqlite3 connection, int result)
    {
        if (result is raw.SQLITE_OK or raw.SQLITE_DONE or raw.SQLITE_ROW)
        {
            return;
        }

        throw new SqliteFailure(raw.sqlite3_extended_errcode(connection), raw.sqlite3_errstr(result).utf8_to_string());
    }
}

/// <summary>SQLite refused: <paramref name="code"/> is its extended result code.</summary>
sealed class SqliteFailure(int code, string message) : Exception($"SQLite: {message} ({code})")
{
    public int Code => code;
}
