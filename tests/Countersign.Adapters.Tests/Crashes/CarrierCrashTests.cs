using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Countersign.Adapters.Tests.Carriers;

namespace Countersign.Adapters.Tests.Crashes;

/// <summary>
/// The real server is killed (SIGKILL) while it hands messages to a carrier on a real socket: before it is handed over, while the carrier is at work on it, after its
/// answer, before that is recorded. No accepted message may be missing at the carrier's, and only what was under way at a kill may be there twice.
/// </summary>
public sealed partial class CarrierCrashTests : IDisposable
{
    const int InFlight = 8, Messages = 90;

    static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("COUNTERSIGN_CRASH_KILLS"), out var kills) ? kills : 6;

    readonly string _directory = Directory.CreateTempSubdirectory("countersign-carrier-crash-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task No_message_is_lost_and_only_what_was_under_way_is_sent_twice()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var peer = new CarrierPeer(CarrierPeer.Json(201, """{"sid":"SMdddddddddddddddddddddddddddddddd"}""")) { Latency = TimeSpan.FromMilliseconds(40) };
        var accepted = new List<string>();
        var server = await ServerProcess.StartAsync(_directory, ct);
        try
        {
            await ConfigureAsync(server.Http, peer.Address);
            for (var round = 0; round < Kills; round++)
            {
                var service = await NewServiceAsync(server.Http);
                var killAt = peer.Requests.Count + 5 + round * 17 % 80;
                var starting = StartManyAsync(server.Http, service);
                while (peer.Requests.Count < killAt && !starting.IsCompleted)
                    await Task.Delay(1, ct);
                server.Kill();
                accepted.AddRange(await starting);
                server.Dispose();
                server = await ServerProcess.StartAsync(_directory, ct);
            }

            var deadline = Environment.TickCount64 + 30_000;
            while (accepted.Except(Seen(peer).Keys).Any() && Environment.TickCount64 < deadline)
                await Task.Delay(20, ct);
        }
        finally
        {
            server.Dispose();
        }

        var seen = Seen(peer);
        Assert.NotEmpty(accepted);
        Assert.Empty(accepted.Except(seen.Keys));

        // Under way: being sent, or answered and on its way into the store with the next commit, which is faster than the carrier's next answers.
        Assert.InRange(seen.Values.Sum(times => times - 1), 0, Kills * 2 * InFlight);
        Assert.All(seen.Values, times => Assert.InRange(times, 1, Kills + 1));
    }

    static async Task ConfigureAsync(HttpClient http, Uri carrier)
    {
        var body = $$$"""
            {"kind":"http","max_in_flight":{{{InFlight}}},
             "settings":{"url":"{{{carrier}}}messages","body":"{\"to\":\"{to}\",\"text\":\"{text}\",\"reference\":\"{attempt}\"}","id_json":"sid"}}
            """;
        using var answer = await http.PutAsync("/admin/v1/carriers/acme", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    static async Task<string> NewServiceAsync(HttpClient http)
    {
        using var answer = await http.PostAsync("/v2/Services", new FormUrlEncodedContent([new("FriendlyName", "Crash")]));
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("sid").GetString()!;
    }

    /// <summary>Starts for each number of Sweden's range for fiction; the attempts whose start was answered.</summary>
    static async Task<List<string>> StartManyAsync(HttpClient http, string service)
    {
        var accepted = new List<string>();
        await Parallel.ForEachAsync(Enumerable.Range(605, Messages), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, _) =>
        {
            try
            {
                var fields = new KeyValuePair<string, string>[] { new("To", string.Create(CultureInfo.InvariantCulture, $"+46701740{number}")), new("Channel", "sms") };
                using var answer = await http.PostAsync($"/v2/Services/{service}/Verifications", new FormUrlEncodedContent(fields), CancellationToken.None);
                if (answer.StatusCode == HttpStatusCode.Created)
                {
                    var attempts = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(CancellationToken.None)).RootElement.GetProperty("send_code_attempts");
                    lock (accepted)
                        accepted.Add(attempts[0].GetProperty("attempt_sid").GetString()!);
                }
            }
            catch (HttpRequestException)
            {
                // The server was killed before it answered.
            }
        });
        return accepted;
    }

    static Dictionary<string, int> Seen(CarrierPeer peer) =>
        peer.Requests.Select(request => Attempt().Match(request.Body).Value).CountBy(attempt => attempt).ToDictionary();

    [GeneratedRegex("VL[0-9a-f]{32}")]
    private static partial Regex Attempt();
}
