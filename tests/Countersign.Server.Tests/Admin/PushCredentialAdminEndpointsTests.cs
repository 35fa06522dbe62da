using System.Security.Cryptography;
using System.Text;
using Countersign.Server.Tests.Push;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Admin;

public sealed class PushCredentialAdminEndpointsTests
{
    const string All = "/admin/v1/push-credentials";

    [Fact]
    public async Task A_credential_is_made_read_listed_and_removed_and_its_private_key_is_nowhere()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        var fcm = (await server.Api.PostJsonAsync(All, platform.Fcm())).AssertStatus(201);
        var apn = (await server.Api.PostJsonAsync(All, platform.Apn())).AssertStatus(201);

        Assert.Equal(["sid", "type", "friendly_name", "host", "project_id", "client_email", "token_uri", "date_created"], fcm.NamesAt(""));
        Assert.Equal(["sid", "type", "friendly_name", "host", "team_id", "key_id", "bundle_id", "sandbox", "date_created"], apn.NamesAt(""));
        Assert.Equal(("fcm", "Owl", "apn", true), (fcm.Text("type"), fcm.Text("friendly_name"), apn.Text("type"), apn.At("sandbox").GetBoolean()));
        Assert.Equal(fcm.Body, (await server.Api.GetAsync($"{All}/{fcm.Text("sid")}")).AssertStatus(200).Body);
        var list = (await server.Api.GetAsync(All)).AssertStatus(200);
        Assert.Equal([fcm.Text("sid"), apn.Text("sid")], list.At("push_credentials").EnumerateArray().Select(entry => entry.GetProperty("sid").GetString()));
        Assert.DoesNotContain("PRIVATE KEY", fcm.Body + apn.Body + list.Body, StringComparison.Ordinal);
        var inside = Convert.ToBase64String(platform.GoogleKey.ExportPkcs8PrivateKey())[200..240];
        Assert.DoesNotContain(server.Secret(inside), await StoredAsync(server), StringComparison.Ordinal);
        (await server.Api.DeleteAsync($"{All}/{fcm.Text("sid")}")).AssertStatus(204);
        (await server.Api.GetAsync($"{All}/{fcm.Text("sid")}")).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task What_cannot_work_is_refused_and_named()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var small = RSA.Create(1024);
        var (fcm, apn) = (platform.Fcm(), platform.Apn());
        (string Body, string Parameter, string Reason)[] wrong =
        [
            ("{}", "type", "not_a_choice"), ("""{"type":"gcm"}""", "type", "not_a_choice"), ("""{"type":"fcm"}""", "service_account.project_id", "missing"), ("""{"type":"apn"}""", "key.team_id", "missing"),
            (platform.Fcm("x"), "service_account.private_key", "invalid_setting"), (platform.Fcm(platform.AppleKey.ExportPkcs8PrivateKeyPem()), "service_account.private_key", "invalid_setting"),
            (platform.Fcm(platform.GoogleKey.ExportSubjectPublicKeyInfoPem()), "service_account.private_key", "invalid_setting"), (platform.Fcm(small.ExportPkcs8PrivateKeyPem()), "service_account.private_key", "invalid_setting"),
            (platform.Apn(other.ExportPkcs8PrivateKeyPem()), "key.private_key", "invalid_setting"), (platform.Apn(platform.AppleKey.ExportSubjectPublicKeyInfoPem()), "key.private_key", "invalid_setting"),
            (platform.Apn(platform.GoogleKey.ExportPkcs8PrivateKeyPem()), "key.private_key", "invalid_setting"),
            (apn.Replace("com.example.owl", "a\\r\\nb", StringComparison.Ordinal), "key.bundle_id", "invalid_setting"), (apn.Replace("team_id", "team", StringComparison.Ordinal), "key", "invalid_setting"),
            (apn.Replace(platform.Apple, "http://169.254.169.254", StringComparison.Ordinal), "host", "address_not_allowed"), (apn.Replace(platform.Apple, "http://push.example", StringComparison.Ordinal), "host", "not_a_url"),
            (apn.Replace(platform.Apple, "https://push.example/path", StringComparison.Ordinal), "host", "not_a_url"), (apn.Replace(platform.Apple, "https://push.example/?", StringComparison.Ordinal), "host", "not_a_url"),
            (fcm.Replace(platform.Google + "/token", "http://token.example/", StringComparison.Ordinal), "service_account.token_uri", "not_a_url"),
            (fcm.Replace("\"type\":\"fcm\"", "\"type\":\"fcm\",\"sandbox\":true", StringComparison.Ordinal), "sandbox", "invalid_setting"), (fcm.Replace("\"type\":\"fcm\"", "\"type\":\"apn\"", StringComparison.Ordinal), "service_account", "invalid_setting"),
        ];
        foreach (var (body, parameter, reason) in wrong)
            (await server.Api.PostJsonAsync(All, body)).AssertInvalid(parameter, reason);
        Assert.Equal(0, (await server.Api.GetAsync(All)).At("push_credentials").GetArrayLength());
    }

    [Fact]
    public async Task An_account_has_twenty_of_them()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        for (var number = 0; number < 20; number++)
            (await server.Api.PostJsonAsync(All, platform.Apn())).AssertStatus(201);

        (await server.Api.PostJsonAsync(All, platform.Apn())).AssertError(429, 20429, "too_many_push_credentials");
    }

    /// <summary>The database and what it has not yet taken over from its log.</summary>
    static async Task<string> StoredAsync(RunningServer server)
    {
        var stored = new StringBuilder();
        foreach (var path in new[] { server.DatabasePath, server.DatabasePath + "-wal" }.Where(File.Exists))
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file, Encoding.Latin1);
            stored.Append(await reader.ReadToEndAsync());
        }

        Assert.Contains("push-credential", stored.ToString(), StringComparison.Ordinal);
        return stored.ToString();
    }
}
