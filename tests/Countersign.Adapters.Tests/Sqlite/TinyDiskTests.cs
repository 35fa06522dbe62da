using System.Diagnostics;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>The whole store on a disk of a few megabytes that really is full: only root can make one.</summary>
public sealed class TinyDiskTests : IDisposable
{
    const int DiskBytes = 4 << 20;

    readonly string _disk = Directory.CreateTempSubdirectory("countersign-disk-").FullName;
    bool _mounted;

    [Fact]
    public async Task A_full_disk_refuses_and_what_was_accepted_is_kept_and_once_there_is_room_it_goes_on()
    {
        await MountAsync();
        var ballast = Path.Combine(_disk, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[DiskBytes / 2], CancellationToken.None);

        var kept = new List<Verification>();
        using (var store = Open())
        {
            await FillAsync(store.Verifications, kept);
            Assert.Null(await store.Verifications.FindAsync(kept.Count));

            File.Delete(ballast);
            kept.Add(await store.Verifications.SendAsync(kept.Count, Given.Verification(kept.Count, Desk.Opening.AddMilliseconds(kept.Count))));
            await AssertKeptAsync(store, kept);
        }

        using var again = Open();
        await AssertKeptAsync(again, kept);
    }

    [Fact]
    public async Task What_waited_before_a_restart_is_read_and_claimed_although_nothing_can_be_written()
    {
        await MountAsync();
        Verification sent, waits;
        using (var before = Open())
        {
            sent = await before.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
            await before.Outbox.RecordAsync([OutboxConformance.Sent((await FullOutbox.ClaimAsync(before.Outbox, 1))[0])], CancellationToken.None);
            waits = await before.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening.AddMilliseconds(1)));
        }

        // Another slot, of what has gone out, that nobody has emptied.
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(_disk, "data", "countersign.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO outbox_slot (id, messages) SELECT 5, CAST(verification_sid || sid || x'0000000000000001' AS BLOB) FROM attempt";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        using var store = Open();
        FillUp(Path.Combine(_disk, "ballast"));
        await FillAsync(store.Verifications, [sent, waits]);

        Same.Verification(sent, await store.Verifications.FindAsync(sent.Sid));
        Assert.Equal(waits.Attempts[0], Assert.Single(await store.Outbox.ClaimAsync(100, CancellationToken.None)).Attempt);
    }

    public void Dispose()
    {
        if (_mounted)
            RunAsync("umount", "-l", _disk).GetAwaiter().GetResult();
        Directory.Delete(_disk, recursive: true);
    }

    async Task MountAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root can mount a disk.");
        _mounted = await RunAsync("mount", "-t", "tmpfs", "-o", $"size={DiskBytes}", "tmpfs", _disk) == 0;
        Assert.SkipUnless(_mounted, "This machine does not let us mount a disk.");
    }

    /// <summary>Until not a page is left.</summary>
    static void FillUp(string file)
    {
        using var ballast = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
                ballast.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    static async Task FillAsync(IVerificationStore store, List<Verification> kept)
    {
        while (true)
        {
            try
            {
                kept.Add(await store.SendAsync(kept.Count, Given.Verification(kept.Count, Desk.Opening.AddMilliseconds(kept.Count))));
            }
            catch (StoreUnavailableException)
            {
                return;
            }
        }
    }

    static async Task AssertKeptAsync(SqliteStore store, List<Verification> kept)
    {
        var found = await Task.WhenAll(Enumerable.Range(0, kept.Count).Select(number => store.Verifications.FindAsync(number)));
        Assert.Equal(kept.Select(one => one.Sid), found.Select(one => one!.Sid));
        Assert.Equal(kept.Count, (await store.Outbox.DepthAsync(CancellationToken.None)).Waiting);
    }

    static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    SqliteStore Open() => SqliteStore.Open(Path.Combine(_disk, "data"), new Core.Privacy.Sealer(Rings.WithKeys(1), Given.Random), new FakeTimeProvider(Desk.Opening));
}
