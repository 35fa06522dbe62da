using System.Runtime.Versioning;
using Countersign.Core.Privacy;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Privacy;

/// <summary>A key that another server was given first.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class KeyRingReaderTests : IDisposable
{
    readonly string _directory = Directory.CreateTempSubdirectory("countersign-keys-").FullName;
    readonly FakeTimeProvider _time = new();
    readonly ReplayedRandom _random = new();
    readonly List<int> _said = [];

    string FilePath => Path.Combine(_directory, "keyring.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_running_server_opens_what_another_one_sealed_with_a_newer_key_and_goes_on_with_its_own()
    {
        var ring = Opened();
        KeyRingFile.Rotate(FilePath, _random, _time);
        var sealedElsewhere = new Sealer(KeyRingFile.Load(FilePath), _random).Seal("owl"u8, "row"u8);
        var sealer = new Sealer(ring, _random);

        var opened = sealer.Open(sealedElsewhere, "row"u8);

        Assert.Equal("owl"u8.ToArray(), opened);
        Assert.Equal(1, ring.Active.Id);
    }

    [Fact]
    public void A_key_that_is_nowhere_is_said_by_its_number_and_looked_for_once_a_second()
    {
        var ring = Opened();
        Assert.Equal(2, Assert.Throws<UnknownKeyException>(() => ring.Find(2)).KeyId);
        KeyRingFile.Rotate(FilePath, _random, _time);

        Assert.Throws<UnknownKeyException>(() => ring.Find(2));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, ring.Find(2).Id);
    }

    [Fact]
    public void Who_asks_every_second_for_a_key_that_is_nowhere_has_it_said_once_and_again_when_something_else_is_there()
    {
        var ring = Opened();
        for (var second = 0; second < 5; second++)
        {
            Assert.Throws<UnknownKeyException>(() => ring.Find(3));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([3401], _said);
        KeyRingFile.Rotate(FilePath, _random, _time);
        Assert.Throws<UnknownKeyException>(() => ring.Find(3));
        Assert.Equal([3401, 3401], _said);

        File.Delete(FilePath);
        for (var second = 0; second < 5; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Throws<UnknownKeyException>(() => ring.Find(3));
        }

        Assert.Equal([3401, 3401, 3402], _said);
    }

    [Fact]
    public void A_ring_of_another_installation_and_one_that_cannot_be_read_change_nothing()
    {
        var ring = Opened();
        var before = ring.Find(1).Check;
        File.Delete(FilePath);
        Assert.Throws<UnknownKeyException>(() => ring.Find(2));

        KeyRingFile.LoadOrCreate(FilePath, new ReplayedRandom(77), _time);
        KeyRingFile.Rotate(FilePath, _random, _time);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Throws<UnknownKeyException>(() => ring.Find(2));
        Assert.Equal(before, ring.Find(1).Check);
    }

    [Fact]
    public async Task Many_that_miss_the_key_at_once_all_find_it()
    {
        var ring = Opened();
        KeyRingFile.Rotate(FilePath, _random, _time);

        var found = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => ring.Find(2).Id)));

        Assert.All(found, id => Assert.Equal(2, id));
    }

    KeyRing Opened()
    {
        var ring = KeyRingFile.LoadOrCreate(FilePath, _random, _time);
        ring.WhenMissing(new KeyRingReader(FilePath, _time, new Lines(_said)).ReadAgain);
        return ring;
    }

    /// <summary>The numbers of the lines.</summary>
    sealed class Lines(List<int> said) : ILogger<KeyRingReader>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => said.Add(eventId.Id);
    }
}
