using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Countersign.Core;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// One prepared statement of one connection, used by one thread. The hot path goes past ADO.NET: a command
/// object with boxed parameters costs several times what SQLite itself needs for the row.
/// </summary>
sealed unsafe class Statement : IDisposable
{
    /// <summary>Bytes of the values of one row that wait here until it was run; what is longer SQLite copies.</summary>
    const int RoomBytes = 2048;

    readonly sqlite3 _connection;
    readonly sqlite3_stmt _owner;
    readonly nint _statement;

    // Outside the collector's memory, so that it does not move while SQLite looks at it: saves an allocation and a copy for each value.
    readonly byte* _room = (byte*)NativeMemory.Alloc(RoomBytes);
    int _used;
    int _next = 1;
    bool _isReading;

    public Statement(sqlite3 connection, string sql)
    {
        _connection = connection;
        Sqlite.Check(connection, raw.sqlite3_prepare_v3(connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out _owner));
        _statement = _owner.DangerousGetHandle();
    }

    /// <summary>Its text.</summary>
    public string Sql => raw.sqlite3_sql(_owner).utf8_to_string();

    public Statement Bind(long value)
    {
        Check(NativeStatements.BindLong(_statement, Next(), value));
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
        var next = Next();
        if (TryTake(bytes.Length, out var room))
        {
            bytes.CopyTo(new Span<byte>(room, bytes.Length));
            Check(NativeStatements.BindBlob(_statement, next, room, bytes.Length, NativeStatements.Static));
        }
        else
        {
            fixed (byte* start = bytes)
            {
                Check(NativeStatements.BindBlob(_statement, next, start, bytes.Length, NativeStatements.Transient));
            }
        }

        return this;
    }

    public Statement Bind(byte[]? bytes)
    {
        if (bytes is null)
        {
            Next(); // Bindings are cleared after each run: what is not bound is NULL.
            return this;
        }

        return Bind((ReadOnlySpan<byte>)bytes);
    }

    public Statement Bind(string? text)
    {
        var next = Next();
        if (text is null)
        {
            return this;
        }

        if (TryTake(Encoding.UTF8.GetMaxByteCount(text.Length), out var room))
        {
            var length = Encoding.UTF8.GetBytes(text, new Span<byte>(room, RoomBytes - (int)(room - _room)));
            _used = (int)(room - _room) + length;
            Check(NativeStatements.BindText(_statement, next, room, length, NativeStatements.Static));
        }
        else
        {
            Check(raw.sqlite3_bind_text(_owner, next, text));
        }

        return this;
    }

    public Statement Bind(int? value)
    {
        if (value is null)
        {
            Next();
            return this;
        }

        return Bind((long)value);
    }

    /// <summary>Runs a statement that returns no row. False when a key was taken already.</summary>
    public bool Run()
    {
        var result = NativeStatements.Step(_statement);
        Reset();
        if (result == raw.SQLITE_CONSTRAINT)
        {
            return false;
        }

        Check(result);
        return true;
    }

    /// <summary>Steps to the next row; false at the end, after which the statement can be bound anew.</summary>
    public bool Read()
    {
        var result = NativeStatements.Step(_statement);
        if (result == raw.SQLITE_ROW)
        {
            _isReading = true;
            return true;
        }

        Reset();
        Check(result);
        return false;
    }

    public void Reset()
    {
        _ = NativeStatements.Reset(_statement); // Says again what the step said.
        _ = NativeStatements.ClearBindings(_statement);
        _next = 1;
        _used = 0;
        _isReading = false;
    }

    public long Long(int column) => NativeStatements.ColumnLong(_statement, column);

    public int Int(int column) => (int)NativeStatements.ColumnLong(_statement, column);

    public bool IsNull(int column) => NativeStatements.ColumnType(_statement, column) == raw.SQLITE_NULL;

    public ReadOnlySpan<byte> Bytes(int column)
    {
        // In this order: the length is that of the form that was asked for last.
        var start = NativeStatements.ColumnBlob(_statement, column);
        return new ReadOnlySpan<byte>(start, NativeStatements.ColumnBytes(_statement, column));
    }

    public byte[]? BytesOrNull(int column) => IsNull(column) ? null : Bytes(column).ToArray();

    public string Text(int column) => raw.sqlite3_column_text(_owner, column).utf8_to_string();

    public Sid Sid(int column, string prefix) => Core.Sid.FromBytes(prefix, Bytes(column));

    public UInt128 UInt128(int column) => BinaryPrimitives.ReadUInt128BigEndian(Bytes(column));

    public DateTimeOffset Moment(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Long(column));

    public void Dispose()
    {
        if (_owner.IsClosed)
        {
            return;
        }

        _owner.Dispose();
        NativeMemory.Free(_room);
    }

    /// <summary>Begins anew where somebody threw between two values or two rows.</summary>
    public void ResetIfLeft()
    {
        if ((_isReading || _next > 1) && !_owner.IsClosed)
        {
            Reset();
        }
    }

    /// <summary>The parameter that is bound now. Whoever threw between two rows has left the statement in their midst, where SQLite lets nothing be bound.</summary>
    int Next()
    {
        if (_isReading)
        {
            Reset();
        }

        return _next++;
    }

    bool TryTake(int bytes, out byte* room)
    {
        room = _room + _used;
        if (bytes > RoomBytes - _used)
        {
            return false;
        }

        _used += bytes;
        return true;
    }

    void Check(int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_DONE))
        {
            Sqlite.Check(_connection, result);
        }
    }
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
