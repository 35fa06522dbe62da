using System.Globalization;
using Countersign.Adapters.Tests.Cuts;
using Countersign.Core.Delivery;
using Countersign.Core.Verifications;
using Countersign.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>A file whose process is killed in the middle of a step: its log then ends anywhere in what the step adds to it. There is one node, whatever number is asked for.</summary>
sealed class SqliteCutStage(SqliteHome home) : CutStage
{
    SqliteStore? _store;

    public override async Task OpenAsync()
    {
        _store = home.OpenSqlite();
        await SubscribeAsync(_store.Services, _store.Webhooks);
    }

    public override IVerificationStore At(int which) => _store!.Verifications;

    public override Task ReplaceAsync(int which, bool kill)
    {
        if (kill)
            home.Crash();
        return ReopenAsync();
    }

    public override async Task<string?> PlayAsync(int which, Cut? cut, Func<Task<string>> play)
    {
        if (cut is null)
            return await play();

        var log = new FileInfo($"{home.DatabasePath}-wal");
        var before = log.Length;
        var answer = await play();
        log.Refresh();
        var written = log.Length - before;

        // In the answer all is written.
        var passed = cut.OfAnswer ? written : cut.Of((int)written);
        home.Crash();
        await using (var left = File.OpenWrite($"{home.DatabasePath}-wal"))
            left.SetLength(before + passed);
        await ReopenAsync();
        return cut is { OfAnswer: true, PerMille: 1000 } ? answer : null;
    }

    public override ValueTask DisposeAsync()
    {
        _store?.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override CutWire WireOf(int which) => throw new NotSupportedException("There is nothing between the process and its file.");

    protected override IOutbox OutboxOf(int which) => _store!.Outbox;

    protected override async Task<List<(int Which, IOutbox From, OutboxItem Item)>> ClaimAsync(int count)
    {
        var claimed = new List<(int, IOutbox, OutboxItem)>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            while (claimed.Count < count)
                claimed.AddRange((await _store!.Outbox.ClaimAsync(100, patience.Token)).Select(item => (0, _store.Outbox, item)));
        }
        catch (OperationCanceledException)
        {
            // There are fewer.
        }

        return claimed;
    }

    protected override async Task<long> CountAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={home.DatabasePath};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts of tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    Task ReopenAsync()
    {
        _store!.Dispose();
        _store = home.OpenSqlite();
        return Task.CompletedTask;
    }
}
