using Countersign.Core;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Remembering;
using Countersign.Core.Privacy;
using Countersign.Server.Tests.Running;
using Countersign.Server.Workers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Server.Tests.Hosting;

/// <summary>What Guard has learned, in its file.</summary>
public sealed class GuardMemoryWorkerTests : IDisposable
{
    static readonly KeyRing Ring = new([(1, new byte[RingKey.SecretBytes])], 1, 1);

    readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("countersign-memory-");
    readonly FakeTimeProvider _time = new();
    readonly CapturedLogs _logs = new();

    string File => Path.Combine(_directory.FullName, "guard-memory");

    [Fact]
    public async Task What_was_known_at_the_stop_is_known_at_the_next_start()
    {
        var before = new KnownPlaces();
        var worker = await StartedAsync(before, Ring);
        before.Learn(7);
        await worker.StopAsync(CancellationToken.None);

        var after = new KnownPlaces();
        await (await StartedAsync(after, Ring)).StopAsync(CancellationToken.None);

        Assert.True(after.Knows(7));
        Assert.Empty(_logs.Lines);
        Assert.Equal([File], _directory.GetFiles().Select(file => file.FullName));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }
    }

    [Fact]
    public async Task A_file_that_was_cut_off_or_belongs_to_another_ring_is_said_and_replaced()
    {
        var worker = await StartedAsync(new KnownPlaces(), Ring);
        await worker.StopAsync(CancellationToken.None);
        System.IO.File.WriteAllBytes(File, System.IO.File.ReadAllBytes(File)[..^1]);

        var places = new KnownPlaces();
        worker = await StartedAsync(places, Ring);
        places.Learn(7);
        await worker.StopAsync(CancellationToken.None);
        Assert.Contains("learned anew", Assert.Single(_logs.Lines).Text, StringComparison.Ordinal);

        var other = new KeyRing([(1, [.. new byte[RingKey.SecretBytes - 1], 1])], 1, 1);
        var foreign = new KnownPlaces();
        await (await StartedAsync(foreign, other)).StopAsync(CancellationToken.None);
        Assert.False(foreign.Knows(7));
        Assert.Equal(2, _logs.Lines.Count());
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_to_stops_nothing()
    {
        Directory.CreateDirectory(File + ".new");

        var worker = await StartedAsync(new KnownPlaces(), Ring);
        await worker.StopAsync(CancellationToken.None);

        Assert.Contains("could not be kept", Assert.Single(_logs.Lines).Text, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    async Task<GuardMemoryWorker> StartedAsync(KnownPlaces places, KeyRing ring)
    {
        var logger = new LoggerFactory([_logs]).CreateLogger<GuardMemoryWorker>();
        var worker = new GuardMemoryWorker(File, new GuardMemories([places], new Sealer(ring, RandomSource.System), _time), _time, logger);
        await worker.StartAsync(CancellationToken.None);
        return worker;
    }
}
