using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

public sealed class SqliteStoreTests : IAsyncDisposable
{
    readonly SqliteHome _home = new();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public void A_directory_belongs_to_one_server_at_a_time()
    {
        using (_home.OpenSqlite())
        {
            var problem = Assert.Throws<DirectoryInUseException>(_home.OpenSqlite);
            Assert.Contains(_home.Directory, problem.Message, StringComparison.Ordinal);
        }

        _home.OpenSqlite().Dispose();
    }

    [Fact]
    public async Task The_first_account_can_be_read_beside_a_server()
    {
        var sealer = new Core.Privacy.Sealer(Core.Tests.Privacy.Rings.WithKeys(1), Given.Random);
        Assert.Null((await SqliteStore.ReadFirstAsync(_home.Directory, sealer)).Account);
        using var store = _home.OpenSqlite();
        Assert.Null((await SqliteStore.ReadFirstAsync(_home.Directory, sealer)).Account);

        await store.Accounts.SaveAccountAsync(
            new Core.Accounts.Account { Sid = Given.Account, FriendlyName = "First", AuthToken = new Core.Privacy.ApiSecret("token"), CreatedAt = Desk.Opening },
            CancellationToken.None);

        Assert.Equal("token", (await SqliteStore.ReadFirstAsync(_home.Directory, sealer)).Account!.AuthToken.Reveal());
    }

    [Fact]
    public void A_file_of_a_newer_version_is_refused_with_what_to_do_and_left_alone()
    {
        _home.OpenSqlite().Dispose();
        var version = Execute("PRAGMA user_version");
        Execute("PRAGMA user_version = 999");

        var problem = Assert.Throws<InvalidOperationException>(_home.OpenSqlite);

        Assert.Contains("newer version", problem.Message, StringComparison.Ordinal);
        Assert.Contains("999", problem.Message, StringComparison.Ordinal);
        Assert.Equal(999L, Execute("PRAGMA user_version"));
        Execute($"PRAGMA user_version = {version}");
        _home.OpenSqlite().Dispose();
    }

    [Fact]
    public async Task After_a_restart_destinations_are_found_also_those_that_ended_and_say_how()
    {
        var store = _home.OpenSqlite();
        var desk = new Desk(store.Verifications, _home.Time);
        var ann = await desk.StartedAsync(Desk.Ann);
        var bob = await desk.StartedAsync(Desk.Bob);
        await desk.GuessWrongAsync(ann, 2);
        await desk.EndAsync(VerificationStatus.Canceled, Desk.Bob);
        store.Dispose();

        using var again = _home.OpenSqlite();
        desk = new Desk(again.Verifications, _home.Time, seed: 2);

        Assert.Equal(new CheckVerificationResult.NotFound(NotFoundReason.Canceled), await desk.CheckAsync(desk.CodeOf(bob), Desk.Bob));
        var approved = await desk.CheckedAsync(desk.CodeOf(ann), Desk.Ann);
        Assert.Equal((ann.Sid, VerificationStatus.Approved, 3), (approved.Sid, approved.Status, approved.Checks));
    }

    [Fact]
    public async Task A_rotated_key_ring_reads_what_was_written_before()
    {
        var store = _home.OpenSqlite();
        var before = await new Desk(store.Verifications, _home.Time).StartedAsync(Desk.Ann);
        store.Dispose();

        var sealer = new Core.Privacy.Sealer(Core.Tests.Privacy.Rings.WithKeys(2), Given.Random);
        using var again = SqliteStore.Open(_home.Directory, sealer, _home.Time);
        var desk = new Desk(again.Verifications, _home.Time, keys: 2, seed: 2);

        Assert.Equal(2, (await desk.StartedAsync(Desk.Bob)).Code.KeyId);
        Assert.Equal(VerificationStatus.Approved, (await desk.CheckedAsync(desk.CodeOf(before), Desk.Ann)).Status);
    }

    object? Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_home.DatabasePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts of this test.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
