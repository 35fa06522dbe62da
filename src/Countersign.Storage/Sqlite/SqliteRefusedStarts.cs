using Countersign.Core;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Privacy;
using Microsoft.Data.Sqlite;

namespace Countersign.Storage.Sqlite;

/// <summary>Refused starts in the embedded store: written by its writer, and read over a connection of their own, so that a list of many holds up nobody. One read at a time.</summary>
sealed class SqliteRefusedStarts(GroupCommit writer, WriteContext context, Sealer sealer, string path) : IRefusedStartStore, IDisposable
{
    readonly Statement _insert = context.Prepare("INSERT INTO refused_start (account_sid, service_sid, destination, at, body) VALUES (?1, ?2, ?3, ?4, ?5)");
    readonly SqliteConnection _connection = SqliteFile.OpenReader(path);
    readonly SemaphoreSlim _turn = new(1);
    bool _closed;

    public Task AddAsync(IReadOnlyList<RefusedStart> refusals, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return writer.RunAsync(_ =>
        {
            foreach (var refusal in refusals)
            {
                _insert.Bind(refusal.AccountSid).Bind(refusal.ServiceSid).Bind(refusal.Destination).Bind(refusal.At).Bind(RefusedStartBody.Seal(sealer, refusal)).Run();
            }

            return refusals.Count;
        });
    }

    public async Task<Page<RefusedStart>> ListAsync(RefusedStartFilter filter, PageRequest page, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return Read(filter, page);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _turn.Wait();
        _closed = true;
        _connection.Dispose();
        _turn.Release();
    }

    Page<RefusedStart> Read(RefusedStartFilter filter, PageRequest request)
    {
        using var select = new Statement(_connection.Handle!, RefusedStartPage.Sql(filter, request.Cursor is { Backwards: true }, '?'));
        select.Bind(filter.Account).Bind(request.Cursor?.Position ?? long.MaxValue).Bind(RowPages.Limit(request));
        if (filter.Service is { } service)
        {
            select.Bind(service);
        }

        if (filter.Destination is { } destination)
        {
            select.Bind(destination);
        }

        var rows = new List<(long, RefusedStart?)>();
        while (select.Read())
        {
            rows.Add((select.Long(0), RefusedStartBody.Open(sealer, filter.Account, select.Sid(1, "VA"), select.UInt128(2), select.Moment(3), select.Bytes(4))));
        }

        return RefusedStartPage.Of(rows, request);
    }
}
