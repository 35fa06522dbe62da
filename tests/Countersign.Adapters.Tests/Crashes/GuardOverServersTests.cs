using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Countersign.Adapters.Tests.PostgreSql;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Tests.Guard.Challenges;

namespace Countersign.Adapters.Tests.Crashes;

/// <summary>What two servers on one database count and take together, and what one of them knows after it was stopped and started.</summary>
public sealed class GuardOverServersTests : IDisposable
{
    // The one is for fiction; starts to the other are always asked to work.
    const string Number = "+14155550123", Practice = "+19815550190";

    const int Readings = 40;

    static readonly Uri Verifications = new($"/v2/Services/{ServerProcess.Service}/Verifications", UriKind.Relative);

    readonly string _one = Directory.CreateTempSubdirectory("countersign-one-").FullName;
    readonly string _other = Directory.CreateTempSubdirectory("countersign-other-").FullName;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Directory.Delete(_one, recursive: true);
        Directory.Delete(_other, recursive: true);
    }

    [Fact]
    public async Task Readings_and_solutions_that_one_server_had_the_other_knows_and_a_restart_forgets_no_reading()
    {
        var storage = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        using var one = await ServerProcess.StartAsync(_one, Ct, storage);
        File.Copy(Path.Combine(_one, "keyring.json"), Path.Combine(_other, "keyring.json"));
        var limits = await one.Http.PostAsJsonAsync(
            $"/admin/v1/services/{ServerProcess.Service}/limits", new Dictionary<string, int> { ["fetches_per_minute"] = 0, ["fetches_per_hour"] = Readings }, Ct);
        Assert.Equal(HttpStatusCode.OK, limits.StatusCode);
        using var other = await ServerProcess.StartAsync(_other, Ct, storage);

        await AssertHandedInAsync(one, other);

        using var started = await StartAsync(one, Number);
        var verification = new Uri($"{Verifications}/{started.RootElement.GetProperty("sid").GetString()}", UriKind.Relative);
        for (var i = 0; i < Readings; i++)
            Assert.Equal(HttpStatusCode.OK, (await one.Http.GetAsync(verification, Ct)).StatusCode);

        // Fewer than it would have to read for itself.
        for (var i = 0; (await other.Http.GetAsync(verification, Ct)).StatusCode != HttpStatusCode.TooManyRequests; i++)
        {
            Assert.True(i < Readings - 2, "What one server counted the other does not know.");
            await Task.Delay(100, Ct);
        }

        Assert.Equal(0, await one.StopAsync(Ct));
        using var again = await ServerProcess.StartAsync(_one, Ct, storage);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await again.Http.GetAsync(verification, Ct)).StatusCode);
    }

    /// <summary>Starts at one server and hands in at the other, until a start goes through; the first may come before each listens.</summary>
    static async Task AssertHandedInAsync(ServerProcess one, ServerProcess other)
    {
        for (var i = 0; ; i++)
        {
            using var asked = await StartAsync(one, Practice);
            if (asked.RootElement.TryGetProperty("sid", out _))
            {
                Assert.True(i > 0, "The start was not asked to work.");
                return;
            }

            Assert.True(i < 50, "What was handed in at one server the other does not know.");
            var challenge = asked.RootElement.GetProperty("details").GetProperty("challenge");
            var payload = Work.Payload(new Challenge(
                challenge.GetProperty("challenge").GetString()!,
                challenge.GetProperty("maxnumber").GetInt32(),
                challenge.GetProperty("salt").GetString()!,
                challenge.GetProperty("signature").GetString()!,
                default));
            var taken = await other.Http.PostAsJsonAsync($"/challenges/{ServerProcess.Service}/solutions", new { payload }, Ct);
            Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
            await Task.Delay(100, Ct);
        }
    }

    static async Task<JsonDocument> StartAsync(ServerProcess server, string to)
    {
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("To", to), KeyValuePair.Create("Channel", "sms")]);
        using var answer = await server.Http.PostAsync(Verifications, form, Ct);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Ct));
    }
}
