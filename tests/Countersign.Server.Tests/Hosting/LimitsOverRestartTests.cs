using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Hosting;

/// <summary>A server that is stopped and started again on the same directory.</summary>
public sealed class LimitsOverRestartTests : IDisposable
{
    readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("countersign-restarted-");

    [Fact]
    public async Task Limits_go_on_where_they_were()
    {
        string path, number, other;
        await using (var before = await StartedAsync())
        {
            (path, number, other) = (await before.NewServiceAsync(), before.NewNumber(), before.NewNumber());
            var limit = (await before.Api.PostAsync(path + "/RateLimits", ("UniqueName", "session"))).AssertStatus(201).Text("sid");
            (await before.Api.PostAsync($"{path}/RateLimits/{limit}/Buckets", ("Max", "2"), ("Interval", "3600"))).AssertStatus(201);
            (await StartAsync(before, path, number)).AssertStatus(201);
            (await StartAsync(before, path, number)).AssertStatus(201);
            await before.MessagesAsync(number, 2);
        }

        await using var after = await StartedAsync();

        Assert.Equal("3600", (await StartAsync(after, path, other)).AssertError(429, 20429, "rate_limit_reached").Headers["Retry-After"]);
    }

    public void Dispose() => _data.Delete(recursive: true);

    Task<RunningServer> StartedAsync() => RunningServer.StartAsync(["--Countersign:DataDirectory", _data.FullName]);

    static Task<Answer> StartAsync(RunningServer server, string path, string number) =>
        server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"), ("RateLimits", """{"session":"one"}"""));
}
