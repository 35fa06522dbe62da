using System.Text.Json;
using Countersign.Server.Tests.Api.Factors;
using Countersign.Server.Tests.Running;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Security;

/// <summary>Every kind of thing that the preset account can have, one of each, and the server's own table of routes to ask for them by.</summary>
sealed class OwnedThings
{
    readonly Dictionary<string, (string Owned, string Missing)> _parameters = new()
    {
        ["account"] = (RunningServer.AccountSid, Nobody("AC")),
        ["service"] = (RunningServer.ServiceSid, Nobody("VA")),
        ["country"] = ("CA", "CH"),
        ["carrier"] = ("carrier-7", "carrier-8"),
        ["route"] = ("route-7", "route-8"),
        ["locale"] = ("en", "de"),
    };

    public required RunningServer Server { get; init; }

    /// <summary>What must not be read in an answer to anybody else.</summary>
    public IEnumerable<string> Names => _parameters.Values.Select(value => value.Owned).Where(owned => owned.Length > 5);

    /// <summary>What a parameter of a route is called, that the account has and that nobody has.</summary>
    public IReadOnlyDictionary<string, (string Owned, string Missing)> Parameters => _parameters;

    public static async Task<OwnedThings> MakeAsync(RunningServer server)
    {
        var (api, service) = (server.Api, RunningServer.ServicePath);
        var things = new OwnedThings { Server = server };
        var number = server.NewNumber();
        var started = (await api.StartAsync(number)).AssertStatus(201);
        await server.MessagesAsync(number, 1);
        things.Add("name", started.Text("sid")!, "VE");
        things.Add("attempt", started.At("send_code_attempts")[0].GetProperty("attempt_sid").GetString()!, "VL");

        var limit = (await api.PostAsync(service + "/RateLimits", ("UniqueName", "visitor"))).AssertStatus(201).Text("sid")!;
        things.Add("limit", limit, "RK");
        things.Add("bucket", (await api.PostAsync($"{service}/RateLimits/{limit}/Buckets", ("Max", "1000"), ("Interval", "60"))).AssertStatus(201).Text("sid")!, "BL");
        // To addresses that nobody may connect to: its event waits.
        things.Add("webhook", (await api.PostAsync(service + "/Webhooks", ("FriendlyName", "hook"), ("EventTypes", "verification.pending"), ("WebhookUrl", "http://localhost:9/"))).AssertStatus(201).Text("sid")!, "YW");
        things.Add("sink", (await api.PostJsonAsync("/admin/v1/sinks", """{"url":"https://sink.example/"}""")).AssertStatus(201).Text("sid")!, "DG");
        (await api.StartAsync(server.NewNumber())).AssertStatus(201);
        JsonElement waiting;
        while ((waiting = (await api.GetAsync("/admin/v1/events?Status=waiting")).At("events")).GetArrayLength() == 0 || waiting[0].GetProperty("tries").GetInt32() == 0)
        {
        }

        things.Add("event", waiting[0].GetProperty("sid").GetString()!, "EV");
        things.Add("template", await api.NewTemplateAsync(), "HJ");
        var pool = await api.NewPoolAsync('7');
        things.Add("pool", pool, "MG");
        (await api.PostAsync(service + "/MessagingConfigurations", ("Country", "CA"), ("MessagingServiceSid", pool))).AssertStatus(201);
        things.Add("key", (await api.PostJsonAsync("/admin/v1/keys", "{}")).AssertStatus(201).Text("sid")!, "SK");

        var listed = server.NewNumber();
        things._parameters["number"] = (listed, server.NewNumber());
        things._parameters["entry"] = (listed, things._parameters["number"].Missing);
        (await api.PostAsync("/v2/SafeList/Numbers", ("PhoneNumber", listed))).AssertStatus(201);
        (await api.PostJsonAsync("/admin/v1/block-list", $$"""{"numbers":["{{listed}}"]}""")).AssertStatus(200);
        (await api.SendJsonAsync(HttpMethod.Put, $"/admin/v1/services/{RunningServer.ServiceSid}/test-numbers/{listed}", """{"code":"246810"}""")).AssertStatus(200);
        foreach (var geo in new[] { "/admin/v1/geo-permissions", $"/admin/v1/services/{RunningServer.ServiceSid}/geo-permissions" })
        {
            (await api.SendJsonAsync(HttpMethod.Put, geo + "/CA", """{"call":"deny"}""")).AssertStatus(200);
        }

        (await api.SendJsonAsync(HttpMethod.Put, "/admin/v1/carriers/carrier-7", """{"kind":"http","settings":{"channel":"sms","url":"http://127.0.0.1:9/","body":"{\"x\":\"{text}\"}"}}""")).AssertStatus(201);
        (await api.SendJsonAsync(HttpMethod.Put, "/admin/v1/routes/route-7", """{"channel":"sms","country":"SE","carriers":[{"name":"carrier-7"}]}""")).AssertStatus(201);
        things._parameters["identity"] = ("somebody-of-this-account", "somebody-of-no-account");
        using var device = await new Device(server, things._parameters["identity"].Owned).EnrolledAsync("none");
        things.Add("factor", device.Sid, "YF");
        things.Add("challenge", (await api.PostAsync(device.Path + "/Challenges", ("FactorSid", device.Sid), ("Details.Message", "Hi"))).AssertStatus(201).Text("sid")!, "YC");
        (await api.PostAsync($"{service}/Entities/{things._parameters["identity"].Owned}/BackupCodes")).AssertStatus(201);
        things.Add("token", (await api.PostAsync(service + "/AccessTokens", ("Identity", things._parameters["identity"].Owned), ("FactorType", "push"))).AssertStatus(201).Text("sid")!, "YK");
        using (var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256))
        {
            var push = new { type = "apn", key = new { team_id = "OWLTEAM001", key_id = "OWLKEY0001", bundle_id = "com.example.owl", private_key = key.ExportPkcs8PrivateKeyPem() } };
            things.Add("credential", (await api.PostJsonAsync("/admin/v1/push-credentials", JsonSerializer.Serialize(push))).AssertStatus(201).Text("sid")!, "CR");
        }

        things.Add("run", (await api.PostJsonAsync("/admin/v1/tries", """{"to":"+46701740699"}""")).AssertStatus(201).Text("sid")!, "");
        return things;
    }

    /// <summary>Every route of the server below the given paths, once for each of its methods.</summary>
    public IEnumerable<(HttpMethod Method, string Pattern)> Routes(params string[] below) =>
        from endpoint in Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let pattern = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
        where below.Any(path => pattern.StartsWith(path, StringComparison.Ordinal))
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (new HttpMethod(method), pattern);

    /// <summary>A route's path to what the account has, or to what nobody has.</summary>
    public string Fill(string pattern, bool owned)
    {
        foreach (var (name, (its, missing)) in _parameters)
        {
            pattern = pattern.Replace($"{{{name}}}", owned ? its : missing, StringComparison.Ordinal);
        }

        return pattern;
    }

    void Add(string parameter, string owned, string prefix) =>
        _parameters[parameter] = (owned, prefix.Length == 0 ? owned[..^32] + new string('0', 32) : Nobody(prefix));

    static string Nobody(string prefix) => prefix + new string('0', 32);
}
