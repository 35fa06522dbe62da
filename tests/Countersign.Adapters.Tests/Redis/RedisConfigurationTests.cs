using System.Net;
using Countersign.Storage.Redis;

namespace Countersign.Adapters.Tests.Redis;

public sealed class RedisConfigurationTests
{
    [Theory]
    [InlineData("redis.example", "redis.example", 6379)]
    [InlineData("redis.example,ssl=true", "redis.example", 6379)]
    [InlineData("redis.example:7000,password=not-a-real-password", "redis.example", 7000)]
    [InlineData("192.0.2.7,abortConnect=true", "192.0.2.7", 6379)]
    [InlineData("192.0.2.7:7000", "192.0.2.7", 7000)]
    public void A_server_without_a_port_is_at_that_of_Redis(string configuration, string host, int port)
    {
        var server = Assert.Single(RedisDatabase.Read(configuration).EndPoints);

        Assert.Equal((host, port), server is DnsEndPoint named ? (named.Host, named.Port) : (((IPEndPoint)server).Address.ToString(), ((IPEndPoint)server).Port));
    }
}
