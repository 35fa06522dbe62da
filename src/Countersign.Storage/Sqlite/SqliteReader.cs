using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>A connection that only reads, beside the writer's, so that what takes a while holds up nobody. One read at a time.</summary>
sealed class SqliteReader(string path) : IDisposable
{
    readonly SqliteConnection _connection = SqliteFile.OpenReader(path);
    readonly SemaphoreSlim _turn = new(1);
    bool _closed;

    /// <summary>Reads when it is its turn.</summary>
    /// <exception cref="ObjectDisposedException">The store was closed.</exception>
    public async Task<T> RunAsync<T>(Func<sqlite3, T> read, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return read(_connection.Handle!);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits for the read that is at work.</summary>
    public void Dispose()
    {
        _turn.Wait();
        _closed = true;
        _connection.Dispose();
        _turn.Release();
    }
}
