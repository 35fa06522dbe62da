using System.Collections.Concurrent;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>When commits are answered, on a disk of the test's own: what a cut of the power would leave is what was there when the last sync that had ended began.</summary>
public sealed class LogSyncTests : IAsyncDisposable
{
    readonly SqliteHome _home = new();
    readonly List<SqliteHome> _disks = [];

    public async ValueTask DisposeAsync()
    {
        await _home.DisposeAsync();
        foreach (var disk in _disks)
            await disk.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_is_answered_that_a_cut_of_the_power_would_take_back()
    {
        var synced = -1;
        var given = Enumerable.Range(0, 16 * 12).Select(n => Given.Verification(n, Desk.Opening.AddMilliseconds(n))).ToArray();
        var answered = new ConcurrentBag<(Sid Sid, int Disk)>();
        using (var store = OpenOn(_ =>
        {
            TakePicture();
            Volatile.Write(ref synced, _disks.Count - 1);
        }))
        {
            await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(async () =>
            {
                for (var n = 0; n < 12; n++)
                {
                    var number = (worker * 12) + n;
                    var verification = await store.Verifications.SendAsync(number, given[number]);
                    answered.Add((verification.Sid, Volatile.Read(ref synced)));
                }
            })));
        }

        Assert.Equal(16 * 12, answered.Count);
        Assert.InRange(_disks.Count, 12, 16 * 12);
        foreach (var disk in answered.GroupBy(one => one.Disk))
        {
            using var left = _disks[disk.Key].OpenSqlite();
            foreach (var (sid, _) in disk)
                Assert.NotNull(await FindAsync(left, sid));
        }
    }

    [Fact]
    public async Task A_disk_that_does_not_keep_a_batch_is_told_to_those_who_wait_and_has_all_of_the_log_written_again_before_anything_else()
    {
        var (failing, log, written) = (0, _home.DatabasePath + "-wal", new List<bool>());
        using var store = OpenOn(_ =>
        {
            if (Interlocked.Exchange(ref failing, 0) == 1)
            {
                // What cannot be told from a time of writing that is long ago: all of the log.
                File.SetLastWriteTimeUtc(log, DateTime.UnixEpoch);
                throw new IOException("No.");
            }

            written.Add(File.GetLastWriteTimeUtc(log) != DateTime.UnixEpoch);
        });
        for (var n = 0; n < 20; n++)
            await store.Verifications.SendAsync(n, Given.Verification(n, Desk.Opening.AddMilliseconds(n)));

        failing = 1;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Verifications.SendAsync(20, Given.Verification(20, Desk.Opening.AddMilliseconds(20))));
        written.Clear();
        var later = await store.Verifications.SendAsync(21, Given.Verification(21, Desk.Opening.AddMilliseconds(21)));

        // Once for the gap, before the batch was written, and once for the batch.
        Assert.Equal([true, true], written);
        using var left = TakePicture().OpenSqlite();
        Assert.NotNull(await FindAsync(left, later.Sid));
    }

    [Fact]
    public async Task No_message_goes_out_before_its_start_is_on_the_disk_and_none_is_lost_if_the_disk_fails_first()
    {
        using var release = new SemaphoreSlim(0);
        using var reached = new SemaphoreSlim(0);
        var (holding, failing) = (false, false);
        using var store = OpenOn(_ =>
        {
            if (Volatile.Read(ref holding))
            {
                reached.Release();
                release.Wait();
            }

            if (Volatile.Read(ref failing))
                throw new IOException("No.");
        });

        Volatile.Write(ref holding, true);
        var starting = store.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
        await reached.WaitAsync();
        var claiming = store.Outbox.ClaimAsync(10, CancellationToken.None).AsTask();
        Assert.False(claiming.IsCompleted);

        (failing, holding) = (true, false);
        release.Release();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => starting);
        Assert.False(claiming.IsCompleted);

        // Any batch that the disk keeps brings it along, also one that no message is in.
        Volatile.Write(ref failing, false);
        await store.Accounts.SaveAccountAsync(new Account { Sid = Given.Account, FriendlyName = "Name", AuthToken = new ApiSecret("token"), CreatedAt = Desk.Opening }, CancellationToken.None);
        Assert.Single(await claiming);
    }

    [Fact]
    public async Task A_message_that_waits_in_the_file_is_not_lost_if_the_disk_fails_while_it_is_read()
    {
        Sid left;
        using (var before = OpenOn(_ => { }))
            left = (await before.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening))).Sid;

        using var release = new SemaphoreSlim(0);
        using var reached = new SemaphoreSlim(0);
        var (holding, failing) = (false, false);
        using var store = OpenOn(_ =>
        {
            if (Volatile.Read(ref holding))
            {
                Volatile.Write(ref holding, false);
                reached.Release();
                release.Wait();
                Volatile.Write(ref failing, true);
            }
            else if (Volatile.Read(ref failing))
            {
                throw new IOException("No.");
            }
        });

        // While the first is on its way to the disk, which keeps it, the reading and a start gather for the next batch.
        Volatile.Write(ref holding, true);
        var first = store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        await reached.WaitAsync(TestContext.Current.CancellationToken);
        var claiming = store.Outbox.ClaimAsync(10, CancellationToken.None).AsTask();
        var second = store.Verifications.SendAsync(2, Given.Verification(2, Desk.Opening));
        release.Release();
        await first;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => second);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => claiming);

        Volatile.Write(ref failing, false);
        await store.Accounts.SaveAccountAsync(new Account { Sid = Given.Account, FriendlyName = "Name", AuthToken = new ApiSecret("token"), CreatedAt = Desk.Opening }, CancellationToken.None);
        var claimed = new List<Sid>();
        while (claimed.Count < 3)
            claimed.AddRange((await store.Outbox.ClaimAsync(10, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).Select(item => item.Verification.Sid));

        Assert.Equal([left, (await first).Sid], claimed[..2]);
        Assert.Equal(3, claimed.Distinct().Count());
    }

    [Fact]
    public void What_a_file_cannot_keep_is_an_error()
    {
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
        using var file = new Microsoft.Win32.SafeHandles.SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);

        // A pipe cannot be synced (EINVAL), which the runtime's own call passes over.
        if (OperatingSystem.IsLinux())
            Assert.Throws<IOException>(() => FileSync.Run(file));
    }

    [Fact]
    public async Task While_the_disk_keeps_nothing_reads_are_refused_as_well_as_writes()
    {
        var failing = false;
        using var store = OpenOn(_ =>
        {
            if (Volatile.Read(ref failing))
                throw new IOException("No.");
        });
        var kept = await store.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));

        Volatile.Write(ref failing, true);
        for (var n = 1; n < 4; n++)
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Verifications.SendAsync(n, Given.Verification(n, Desk.Opening.AddMilliseconds(n))));

        Volatile.Write(ref failing, false);
        await store.Verifications.SendAsync(4, Given.Verification(4, Desk.Opening.AddMilliseconds(4)));
        Assert.NotNull(await FindAsync(store, kept.Sid));
    }

    [Fact]
    public async Task What_is_only_read_needs_no_sync()
    {
        var syncs = 0;
        using var store = OpenOn(_ => Interlocked.Increment(ref syncs));
        var verification = await store.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
        var before = Volatile.Read(ref syncs);

        for (var n = 0; n < 10; n++)
            Assert.NotNull(await FindAsync(store, verification.Sid));

        Assert.Equal(before, Volatile.Read(ref syncs));
    }

    SqliteStore OpenOn(Action<Microsoft.Win32.SafeHandles.SafeFileHandle> sync) => SqliteStore.Open(_home.Directory, _home.Sealer, _home.Time, logger: null, sync);

    static Task<Verification?> FindAsync(SqliteStore store, Sid sid) => store.Verifications.FindAsync(sid);

    /// <summary>The files as they are now. The writer may be at work: what it has not written whole yet SQLite does not take for a commit.</summary>
    SqliteHome TakePicture()
    {
        var picture = new SqliteHome();
        foreach (var file in new[] { "countersign.db", "countersign.db-wal" })
            File.Copy(Path.Combine(_home.Directory, file), Path.Combine(picture.Directory, file));
        _disks.Add(picture);
        return picture;
    }
}
