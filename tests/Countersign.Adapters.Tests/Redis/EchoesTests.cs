using Countersign.Storage.Redis;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Redis;

public sealed class EchoesTests
{
    static readonly byte[] One = [1, 2, 3], Other = [1, 2, 4];

    readonly FakeTimeProvider _clock = new();

    [Fact]
    public void What_comes_by_two_servers_is_heard_once()
    {
        var echoes = new Echoes(_clock);

        Assert.Equal([false, false, true, true], Array.ConvertAll([One, Other, One, Other], batch => echoes.IsEcho(batch)));
    }

    [Fact]
    public void What_is_said_again_later_is_no_echo()
    {
        var echoes = new Echoes(_clock);
        Assert.False(echoes.IsEcho(One));

        _clock.Advance(Echoes.Longest);
        Assert.True(echoes.IsEcho(One));
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.False(echoes.IsEcho(One));
    }
}
