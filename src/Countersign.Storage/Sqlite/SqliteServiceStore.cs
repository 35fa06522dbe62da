using System.Collections.Concurrent;
using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Microsoft.Extensions.Logging;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Services in the embedded store. All of them are held in memory as well, since every request needs one and this process owns the file; the memory
/// follows the file after each commit.
/// </summary>
sealed class SqliteServiceStore : IServiceStore
{
    readonly GroupCommit _writer;
    readonly Sealer _sealer;
    readonly Statement _insert;
    readonly Statement _settings;
    readonly Statement _update;
    readonly Statement _delete;
    readonly Statement _count;
    readonly Statement _listOlder;
    readonly Statement _listNewer;
    readonly ConcurrentDictionary<Sid, VerifyService> _services = new();
    readonly UnreadableRows<Sid> _unreadable;

    public SqliteServiceStore(GroupCommit writer, WriteContext context, Sealer sealer, ILogger logger)
    {
        (_writer, _sealer, _unreadable) = (writer, sealer, new UnreadableRows<Sid>("service", logger));
        _insert = context.Prepare("INSERT INTO service (sid, account_sid, settings, test_numbers, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _settings = context.Prepare("SELECT settings FROM service WHERE sid = ?1");
        _update = context.Prepare("UPDATE service SET settings = ?1, test_numbers = ?2, updated_at = ?3 WHERE sid = ?4");
        _delete = context.Prepare("DELETE FROM service WHERE sid = ?1");
        _count = context.Prepare("SELECT count(*) FROM service WHERE account_sid = ?1");
        _listOlder = context.Prepare("SELECT position, sid FROM service WHERE account_sid = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3");
        _listNewer = context.Prepare("SELECT position, sid FROM service WHERE account_sid = ?1 AND position > ?2 ORDER BY position LIMIT ?3");

        using var all = context.Prepare("SELECT sid, account_sid, settings, test_numbers, created_at, updated_at, position FROM service");
        while (all.Read())
        {
            _unreadable.Read(all, 6, () => all.Sid(0, "VA"), sid => _services[sid] = ServiceDocument.Read(
                sid, all.Sid(1, "AC"), all.Text(2), all.Moment(4), all.Moment(5), TestNumberDocument.Open(sealer, sid, all.BytesOrNull(3))));
        }
    }

    /// <summary>The longest that a verification of any service may live: each of its sends restarts its code's lifetime, also those that do not count.</summary>
    public TimeSpan LongestLife =>
        _services.Values.Select(service => service.CodeLifetime).DefaultIfEmpty(TimeSpan.FromMinutes(10)).Max() * Core.Verifications.VerificationLimits.MaxAttempts;

    public Task<bool> CreateAsync(VerifyService service, CancellationToken ct) => _writer.RunAsync(context =>
    {
        _count.Bind(service.AccountSid).Read();
        var count = _count.Long(0);
        _count.Reset();
        if (count >= ServiceLimits.MaxPerAccount)
        {
            return false;
        }

        _insert.Bind(service.Sid).Bind(service.AccountSid).Bind(ServiceDocument.Write(service)).Bind(TestNumberDocument.Seal(_sealer, service))
            .Bind(service.CreatedAt).Bind(service.UpdatedAt).Run();
        _services[service.Sid] = service;
        context.OnUndo(() => _services.TryRemove(service.Sid, out VerifyService? _));
        return true;
    });

    public ValueTask<VerifyService?> FindAsync(Sid service, CancellationToken ct)
    {
        if (LastRead(service) is { } found)
        {
            return new(found);
        }

        _unreadable.Refuse(service);
        return default;
    }

    public VerifyService? LastRead(Sid service) => _services.GetValueOrDefault(service);

    public Task<Page<VerifyService>> ListAsync(Sid account, PageRequest request, CancellationToken ct) => _writer.RunAsync(_ =>
    {
        var backwards = request.Cursor is { Backwards: true };
        var statement = backwards ? _listNewer : _listOlder;

        // One more than asked tells whether there is a neighbour on the far side.
        statement.Bind(account).Bind(request.Cursor?.Position ?? long.MaxValue).Bind((long)request.Size + 1);
        // What cannot be read has its place among the others all the same, so that the cursors of pages go on over it.
        var rows = new List<(long Position, VerifyService? Service)>();
        while (statement.Read())
        {
            rows.Add((statement.Long(0), _services.GetValueOrDefault(statement.Sid(1, "VA"))));
        }

        var more = rows.Count > request.Size;
        if (more)
        {
            rows.RemoveAt(rows.Count - 1);
        }

        if (backwards)
        {
            rows.Reverse();
        }

        var hasNewer = rows.Count > 0 && (backwards ? more : request.Cursor is not null);
        var hasOlder = rows.Count > 0 && (backwards || more);
        return new Page<VerifyService>(
            [.. rows.Select(row => row.Service).OfType<VerifyService>()],
            hasNewer ? new PageCursor(rows[0].Position, Backwards: true) : null,
            hasOlder ? new PageCursor(rows[^1].Position, Backwards: false) : null);
    });

    public Task<VerifyService?> UpdateAsync(Sid service, Func<VerifyService, VerifyService> change, CancellationToken ct) => _writer.RunAsync(context =>
    {
        if (!_services.TryGetValue(service, out var before))
        {
            _unreadable.Refuse(service);
            return null;
        }

        var after = change(before);
        _settings.Bind(service).Read();
        var kept = _settings.Text(0);
        _settings.Reset();
        _update.Bind(ServiceDocument.Write(after, kept)).Bind(TestNumberDocument.Seal(_sealer, after)).Bind(after.UpdatedAt).Bind(service).Run();
        _services[service] = after;
        context.OnUndo(() => _services[service] = before);
        return (VerifyService?)after;
    });

    public Task<bool> DeleteAsync(Sid service, CancellationToken ct) => _writer.RunAsync(context =>
    {
        _delete.Bind(service).Run();
        if (context.Changes == 0)
        {
            return false;
        }

        _unreadable.Forget(context, service);
        var removed = _services.TryRemove(service, out var before);
        context.OnUndo(() =>
        {
            if (removed)
            {
                _services[service] = before!;
            }
        });
        return true;
    });
}
