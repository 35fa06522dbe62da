using System.Diagnostics;
using System.Net;
using Countersign.Adapters.Tests.PostgreSql;
using Countersign.Core;
using Countersign.Core.Privacy;

namespace Countersign.Adapters.Tests.Crashes;

/// <summary>A key that one server uses before the others have it.</summary>
public sealed class KeyRotationTests : IDisposable
{
    const string Number = "+447700900123", Ring = "keyring.json";

    readonly string _one = Directory.CreateTempSubdirectory("countersign-one-").FullName;
    readonly string _other = Directory.CreateTempSubdirectory("countersign-other-").FullName;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Directory.Delete(_one, recursive: true);
        Directory.Delete(_other, recursive: true);
    }

    [Fact]
    public async Task What_a_restarted_server_made_with_the_new_key_the_others_check_as_soon_as_their_ring_has_it_and_until_then_say_what_is_missing()
    {
        var storage = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        using (await ServerProcess.StartAsync(_one, Ct, storage))
        {
            File.Copy(Path.Combine(_one, Ring), Path.Combine(_other, Ring));
        }

        using var other = await ServerProcess.StartAsync(_other, Ct, storage);
        KeyRingFile.Rotate(Path.Combine(_one, Ring), RandomSource.System, TimeProvider.System);
        using var restarted = await ServerProcess.StartAsync(_one, Ct, storage);
        (await PostAsync(restarted, "Verifications", ("To", Number), ("Channel", "sms"))).EnsureSuccessStatusCode();

        var refused = await GuessAsync(other);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("\"unknown_key\"", await refused.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);

        File.Copy(Path.Combine(_one, Ring), Path.Combine(_other, Ring), overwrite: true);
        for (var waited = Stopwatch.StartNew(); (await GuessAsync(other)).StatusCode != HttpStatusCode.OK; await Task.Delay(100, Ct))
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(20), "The ring was not read again.");
    }

    static Task<HttpResponseMessage> GuessAsync(ServerProcess server) => PostAsync(server, "VerificationCheck", ("To", Number), ("Code", "000000"));

    static Task<HttpResponseMessage> PostAsync(ServerProcess server, string path, params (string Name, string Value)[] form) => server.Http.PostAsync(
        new Uri($"/v2/Services/{ServerProcess.Service}/{path}", UriKind.Relative),
        new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        Ct);
}
