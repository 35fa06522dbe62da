using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>What the store does when its files are taken away under it. Windows does not allow that while they are open.</summary>
public sealed class FilePresenceTests : IAsyncDisposable
{
    readonly SqliteHome _home = new();

    public static bool CanDeleteOpenFiles => !OperatingSystem.IsWindows();

    string DatabasePath => Path.Combine(_home.Directory, "countersign.db");

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact(SkipUnless = nameof(CanDeleteOpenFiles), Skip = "Open files cannot be deleted here.")]
    public async Task A_deleted_directory_is_noticed_by_the_next_write_which_is_refused()
    {
        using var store = _home.OpenSqlite();
        await SaveAsync(store);

        Directory.Delete(_home.Directory, recursive: true);
        var problem = await Assert.ThrowsAsync<StoreUnavailableException>(() => SaveAsync(store));

        Assert.True(problem.IsLost);
        Directory.CreateDirectory(_home.Directory);
    }

    [Fact(SkipUnless = nameof(CanDeleteOpenFiles), Skip = "Open files cannot be deleted here.")]
    public async Task A_file_that_was_put_in_its_place_is_not_mistaken_for_it()
    {
        using var store = _home.OpenSqlite();
        await SaveAsync(store);

        File.Copy(DatabasePath, DatabasePath + ".copy");
        File.Move(DatabasePath + ".copy", DatabasePath, overwrite: true);

        Assert.True((await Assert.ThrowsAsync<StoreUnavailableException>(() => SaveAsync(store))).IsLost);
    }

    [Fact(SkipUnless = nameof(CanDeleteOpenFiles), Skip = "Open files cannot be deleted here.")]
    public async Task A_deleted_log_is_noticed_too_since_it_holds_the_newest_commits()
    {
        using var store = _home.OpenSqlite();
        await SaveAsync(store);

        File.Delete(DatabasePath + "-wal");

        Assert.True((await Assert.ThrowsAsync<StoreUnavailableException>(() => SaveAsync(store))).IsLost);
    }

    [Fact(SkipUnless = nameof(CanDeleteOpenFiles), Skip = "Open files cannot be moved here.")]
    public async Task A_directory_that_was_moved_and_comes_back_is_used_again_with_all_that_was_accepted()
    {
        using var store = _home.OpenSqlite();
        await SaveAsync(store, "before");

        Directory.Move(_home.Directory, _home.Directory + ".moved");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SaveAsync(store, "meanwhile"));
        Directory.Move(_home.Directory + ".moved", _home.Directory);

        Assert.Equal("before", (await store.Accounts.FindAccountAsync(Given.Account, CancellationToken.None))!.FriendlyName);
        await SaveAsync(store, "after");
        Assert.Equal("after", (await store.Accounts.FindAccountAsync(Given.Account, CancellationToken.None))!.FriendlyName);
    }

    [Fact]
    public async Task A_store_that_is_opened_and_only_read_from_is_there()
    {
        _home.OpenSqlite().Dispose();
        using var store = _home.OpenSqlite();

        Assert.Equal(0, (await store.Outbox.DepthAsync(CancellationToken.None)).Waiting);
    }

    static Task<bool> SaveAsync(SqliteStore store, string name = "Name") => store.Accounts.SaveAccountAsync(
        new Account { Sid = Given.Account, FriendlyName = name, AuthToken = new ApiSecret("token"), CreatedAt = Desk.Opening }, CancellationToken.None);
}
