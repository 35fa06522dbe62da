using Countersign.Core;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Privacy;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>Refused starts in the embedded store: written by its writer, and read beside it.</summary>
sealed class SqliteRefusedStarts(GroupCommit writer, WriteContext context, Sealer sealer, string path) : IRefusedStartStore, IDisposable
{
    readonly Statement _insert = context.Prepare("INSERT INTO refused_start (account_sid, service_sid, destination, at, body) VALUES (?1, ?2, ?3, ?4, ?5)");
    readonly SqliteReader _reader = new(path);

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

    public Task<Page<RefusedStart>> ListAsync(RefusedStartFilter filter, PageRequest page, CancellationToken ct) => _reader.RunAsync(connection => Read(connection, filter, page), ct);

    public void Dispose() => _reader.Dispose();

    Page<RefusedStart> Read(sqlite3 connection, RefusedStartFilter filter, PageRequest request)
    {
        using var select = new Statement(connection, RefusedStartPage.Sql(filter, request.Cursor is { Backwards: true }, '?'));
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
