using Countersign.Server.Api;
using Countersign.Server.Tests.Running;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Security;

/// <summary>What keys of each kind may do, over every route that the server has: a new one is refused to all but main keys, and fails a test, until it is classified.</summary>
public sealed class RestrictedKeyTests
{
    static readonly string[] Guarded = ["/v2", "/admin/v1", "/sandbox/messages", "/sandbox/events", "/sandbox/rules"];

    [Fact]
    public async Task Every_route_behind_the_gate_is_classified()
    {
        await using var server = await RunningServer.StartAsync([]);

        var unknown = RoutesOf(server).Where(route => RoutePermissions.Of(route.Route, route.Method.Method) is null).Select(route => $"{route.Method} {route.Route.RoutePattern.RawText}");

        Assert.Empty(unknown);
    }

    [Fact]
    public async Task Every_resource_that_can_be_granted_is_in_the_docs_and_no_other_is()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs/accounts-and-keys.md"), TestContext.Current.CancellationToken);
        var table = page[page.IndexOf("## Permissions", StringComparison.Ordinal)..].Split('\n').Where(line => line.StartsWith("| `/", StringComparison.Ordinal)).Select(line => line.Split('|')[1]);

        var described = table.SelectMany(cell => cell.Split(',')).Select(name => name.Trim(' ', '`'));

        Assert.Equal(RoutePermissions.Grantable.Select(permission => permission[..permission.LastIndexOf('/')]).Distinct(), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_a_policy_does_not_name_is_refused_alike_whatever_there_is_and_so_is_every_key_that_is_not_right()
    {
        await using var server = await RunningServer.StartAsync([]);
        var things = await OwnedThings.MakeAsync(server);
        var before = await CountAsync(server);
        var (restricted, _) = await NewKeyAsync(server.Api, server, """{"kind":"restricted","policy":{"allow":["/verify/forms/delete"]}}""");
        var (revoked, sid) = await NewKeyAsync(server.Api, server, "{}");
        (await server.Api.DeleteAsync($"/admin/v1/keys/{sid}")).AssertStatus(204);
        var (foreign, _) = await NewKeyAsync(await server.NewAccountAsync(), server, """{"kind":"restricted","policy":{"allow":["/verify/forms/delete"]}}""");
        var asked = 0;

        foreach (var (method, route) in RoutesOf(server))
        {
            var pattern = "/" + route.RoutePattern.RawText!.TrimStart('/');
            var (owned, missing) = (things.Fill(pattern, owned: true), things.Fill(pattern, owned: false));
            foreach (var key in new[] { restricted, foreign })
            {
                var answers = new[] { await AskAsync(key, method, owned), await AskAsync(key, method, missing) };
                Assert.All(answers, answer => answer.AssertError(403, 20403, "not_permitted"));
                Assert.True(answers[0].Body == answers[1].Body, $"{method} {pattern} tells: {answers[0].Body} {answers[1].Body}");
            }

            foreach (var path in new[] { owned, missing })
            {
                (await AskAsync(revoked, method, path)).AssertError(401, 20003, "bad_credentials");
            }

            asked++;
        }

        Assert.True(asked > 80, $"Only {asked} routes were asked.");
        Assert.Equal(before, await CountAsync(server));
    }

    [Fact]
    public async Task A_key_with_the_permission_of_a_route_may_use_it_and_one_with_all_others_may_not()
    {
        await using var server = await RunningServer.StartAsync([]);
        var keys = new Dictionary<string, (ApiClient With, ApiClient Without)>();

        foreach (var (method, route) in RoutesOf(server).Where(route => !RoutePermissions.Of(route.Route, route.Method.Method)!.IsForMainKeys && route.Route.RoutePattern.RawText != "/sandbox/events"))
        {
            var name = RoutePermissions.Of(route, method.Method)!.Name;
            if (!keys.TryGetValue(name, out var pair))
            {
                var others = RoutePermissions.Grantable.Where(permission => permission != name).Chunk(100).First();
                pair = ((await NewKeyAsync(server.Api, server, Restricted([name]))).Client, (await NewKeyAsync(server.Api, server, Restricted(others))).Client);
                keys.Add(name, pair);
            }

            // What nobody has, so that nothing changes.
            var path = new OwnedThings { Server = server }.Fill("/" + route.RoutePattern.RawText!.TrimStart('/'), owned: false);
            Assert.NotEqual("not_permitted", Reason(await AskAsync(pair.With, method, path)));
            Assert.Equal("not_permitted", Reason(await AskAsync(pair.Without, method, path)));
        }

        Assert.True(keys.Count > 40, $"Only {keys.Count} permissions are used.");
    }

    [Fact]
    public async Task A_standard_key_may_do_everything_but_keys_and_accounts_and_a_main_key_those_too()
    {
        await using var server = await RunningServer.StartAsync([]);
        var (standard, _) = await NewKeyAsync(server.Api, server, "{}");
        var (main, _) = await NewKeyAsync(server.Api, server, """{"kind":"main"}""");

        foreach (var path in new[] { "/admin/v1/keys", "/admin/v1/accounts", $"/admin/v1/accounts/{RunningServer.AccountSid}" })
        {
            (await standard.GetAsync(path)).AssertError(403, 20403, "not_permitted");
            (await main.GetAsync(path)).AssertStatus(200);
        }

        (await standard.PostJsonAsync("/admin/v1/keys", """{"kind":"main"}""")).AssertError(403, 20403, "not_permitted");
        (await standard.GetAsync(RunningServer.ServicePath)).AssertStatus(200);
        (await standard.GetAsync("/admin/v1/carriers")).AssertStatus(200);
        (await standard.GetAsync("/v2/Nothing")).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task A_policy_holds_from_when_it_is_changed_also_on_a_connection_that_was_let_in()
    {
        await using var server = await RunningServer.StartAsync([]);
        var (key, sid) = await NewKeyAsync(server.Api, server, Restricted(["/verify/services/read"]));
        (await key.GetAsync("/v2/Services")).AssertStatus(200);
        (await key.GetAsync("/v2/Templates")).AssertError(403, 20403, "not_permitted");

        var changed = (await server.Api.PostJsonAsync($"/admin/v1/keys/{sid}", """{"policy":{"allow":["/twilio/verify/templates/read"]}}""")).AssertStatus(200);

        Assert.Equal("/verify/templates/read", changed.At("policy").GetProperty("allow")[0].GetString());
        (await key.GetAsync("/v2/Services")).AssertError(403, 20403, "not_permitted");
        (await key.GetAsync("/v2/Templates")).AssertStatus(200);
    }

    [Fact]
    public async Task A_start_names_a_mailbox_beside_the_number_only_with_a_permission_of_its_own()
    {
        await using var server = await RunningServer.StartAsync([]);
        var number = server.NewNumber();
        (await server.Api.StartAsync(number)).AssertStatus(201);
        var (without, _) = await NewKeyAsync(server.Api, server, Restricted(["/verify/verifications/create"]));
        var (with, _) = await NewKeyAsync(server.Api, server, Restricted(["/verify/verifications/create", "/verify/verifications/fallback/create"]));
        const string Plan = """[{"channel":"email","to":"eve@example.com"}]""";

        var refused = await without.PostAsync($"{RunningServer.ServicePath}/Verifications", ("To", number), ("Channel", "auto"), ("Fallback", Plan));
        (await without.PostAsync($"{RunningServer.ServicePath}/Verifications", ("To", number), ("Channel", "auto"), ("ChannelConfiguration", $$"""{"fallback":{{Plan}}}"""))).AssertError(403, 20403, "not_permitted");

        Assert.Equal("/verify/verifications/fallback/create", refused.AssertError(403, 20403, "not_permitted").Text("details.permission"));
        (await without.PostAsync($"{RunningServer.ServicePath}/Verifications", ("To", "ann@example.com"), ("Channel", "email"), ("Fallback", """[{"channel":"email","to":"ann@example.com"}]"""))).AssertStatus(201);
        (await without.PostAsync($"{RunningServer.ServicePath}/Verifications", ("To", number), ("Channel", "sms"), ("Fallback", """[{"channel":"sms"},{"channel":"call"}]"""))).AssertStatus(201);
        (await with.PostAsync($"{RunningServer.ServicePath}/Verifications", ("To", number), ("Channel", "auto"), ("Fallback", Plan))).AssertStatus(201);
    }

    [Theory]
    [InlineData("""{"kind":"restricted"}""", "policy", "missing")]
    [InlineData("""{"kind":"restricted","policy":{"allow":[]}}""", "policy", "not_a_list")]
    [InlineData("""{"kind":"restricted","policy":{"allow":["/verify/service/read"]}}""", "policy", "not_a_permission")]
    [InlineData("""{"kind":"restricted","policy":{"allow":["/admin/keys/create"]}}""", "policy", "not_a_permission")]
    [InlineData("""{"kind":"restricted","policy":{"allow":["/admin/accounts/update"]}}""", "policy", "not_a_permission")]
    [InlineData("""{"kind":"restricted","policy":{"deny":[]}}""", "policy", "not_an_object")]
    [InlineData("""{"kind":"standard","policy":{"allow":["/verify/services/read"]}}""", "policy", "not_restricted")]
    [InlineData("""{"kind":"root"}""", "kind", "not_a_choice")]
    public async Task What_is_no_policy_makes_no_key(string body, string parameter, string reason)
    {
        await using var server = await RunningServer.StartAsync([]);

        (await server.Api.PostJsonAsync("/admin/v1/keys", body)).AssertInvalid(parameter, reason);

        Assert.Equal(0, (await server.Api.GetAsync("/admin/v1/keys")).At("keys").GetArrayLength());
    }

    static string Restricted(IEnumerable<string> allow) => $$$"""{"kind":"restricted","policy":{"allow":[{{{string.Join(',', allow.Select(one => $"\"{one}\""))}}}]}}""";

    static string? Reason(Answer answer) => answer.Status == 403 ? answer.Text("details.reason") : null;

    static async Task<(ApiClient Client, string Sid)> NewKeyAsync(ApiClient of, RunningServer server, string body)
    {
        var made = (await of.PostJsonAsync("/admin/v1/keys", body)).AssertStatus(201);
        return (server.Client(made.Text("sid")!, server.Secret(made.Text("secret")!)), made.Text("sid")!);
    }

    static async Task<string> CountAsync(RunningServer server) =>
        (await server.Api.GetAsync("/v2/Services")).Body + (await server.Api.GetAsync("/admin/v1/carriers")).Body + (await server.Api.GetAsync("/admin/v1/accounts")).At("accounts").EnumerateArray().Last();

    static IEnumerable<(HttpMethod Method, RouteEndpoint Route)> RoutesOf(RunningServer server) =>
        from route in server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let pattern = "/" + route.RoutePattern.RawText!.TrimStart('/')
        where Guarded.Any(path => pattern.StartsWith(path, StringComparison.Ordinal)) && !pattern.StartsWith("/admin/v1/errors", StringComparison.Ordinal)
        from method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (new HttpMethod(method), route);

    static Task<Answer> AskAsync(ApiClient client, HttpMethod method, string path) =>
        method == HttpMethod.Get || method == HttpMethod.Delete ? client.SendAsync(method, path)
        : path.StartsWith("/v2", StringComparison.Ordinal) ? client.PostAsync(path, ("Nothing", "x"))
        : client.SendJsonAsync(method, path, "[]");
}
