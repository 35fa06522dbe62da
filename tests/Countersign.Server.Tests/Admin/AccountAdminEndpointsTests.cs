using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Services;
using Countersign.Server.Tests.Running;
using Countersign.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Admin;

public sealed class AccountAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Path = "/admin/v1/accounts";

    static readonly int[] Filled = [2, 1, 1, 1, 1, 1, 1, 1];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_account_makes_others_whose_token_is_shown_once()
    {
        var made = (await server.Api.PostJsonAsync(Path, """{"friendly_name":"Tenant"}""")).AssertStatus(201);
        var tenant = ClientOf(made);

        Assert.Equal(["sid", "friendly_name", "status", "has_secondary_token", "auth_token", "date_created"], made.NamesAt(""));
        Assert.Equal(0, (await tenant.GetAsync("/v2/Services")).AssertStatus(200).At("services").GetArrayLength());
        var seen = (await server.Api.GetAsync($"{Path}/{tenant.User}")).AssertStatus(200);
        Assert.Equal(("Tenant", "active"), (seen.Text("friendly_name"), seen.Text("status")));
        Assert.DoesNotContain(made.Text("auth_token")!, seen.Body + (await server.Api.GetAsync(Path)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_account_sees_and_renames_itself_alone_and_makes_none()
    {
        var tenant = await NewTenantAsync();
        var other = await NewTenantAsync();

        (await tenant.PostJsonAsync(Path, "{}")).AssertError(403, 20403, "operator_only");
        Assert.Equal(tenant.User, Assert.Single((await tenant.GetAsync(Path)).AssertStatus(200).At("accounts").EnumerateArray()).GetProperty("sid").GetString());
        (await tenant.GetAsync($"{Path}/{other.User}")).AssertError(404, 20404, "not_found");
        (await tenant.PostJsonAsync($"{Path}/{other.User}", """{"friendly_name":"Mine"}""")).AssertError(404, 20404, "not_found");
        (await tenant.PostJsonAsync($"{Path}/{other.User}/auth-token/secondary", "{}")).AssertError(404, 20404, "not_found");
        (await tenant.PostJsonAsync($"{Path}/{tenant.User}", """{"status":"active"}""")).AssertError(403, 20403, "operator_only");
        Assert.Equal("Mine", (await tenant.PostJsonAsync($"{Path}/{tenant.User}", """{"friendly_name":"Mine"}""")).AssertStatus(200).Text("friendly_name"));
    }

    [Fact]
    public async Task A_token_is_replaced_by_way_of_a_second_one_that_lets_in_beside_it()
    {
        var tenant = await NewTenantAsync();
        var token = $"{Path}/{tenant.User}/auth-token";

        (await tenant.PostJsonAsync(token + "/promote", "{}")).AssertError(404, 20404, "not_found");
        var second = server.Client(tenant.User, server.Secret((await tenant.PostJsonAsync(token + "/secondary", "{}")).AssertStatus(201).Text("secondary_auth_token")!));
        (await tenant.GetAsync("/v2/Services")).AssertStatus(200);
        (await second.GetAsync("/v2/Services")).AssertStatus(200);
        (await second.PostJsonAsync(token + "/promote", "{}")).AssertStatus(200);

        (await tenant.GetAsync("/v2/Services")).AssertError(401, 20003, "bad_credentials");
        (await second.GetAsync("/v2/Services")).AssertStatus(200);
        (await second.DeleteAsync(token + "/secondary")).AssertError(404, 20404, "not_found");
        (await second.PostJsonAsync(token + "/secondary", "{}")).AssertStatus(201);
        (await second.DeleteAsync(token + "/secondary")).AssertStatus(204);
    }

    [Fact]
    public async Task A_suspended_account_and_its_keys_let_in_nowhere_until_it_is_active_and_a_closed_one_never_again()
    {
        var tenant = await NewTenantAsync();
        var made = (await tenant.PostJsonAsync("/admin/v1/keys", "{}")).AssertStatus(201);
        var key = server.Client(made.Text("sid")!, server.Secret(made.Text("secret")!));
        (await key.GetAsync("/v2/Services")).AssertStatus(200);
        var service = "/v2/Services/" + (await tenant.PostAsync("/v2/Services", ("FriendlyName", "Owls"))).AssertStatus(201).Text("sid");
        var token = (await tenant.PostAsync(service + "/AccessTokens", ("Identity", "suspended-001"), ("FactorType", "push"))).AssertStatus(201).Text("token")!;
        var device = server.Client("token", token);
        (await device.PostAsync(service + "/Entities/suspended-001/Factors", ("FactorType", "push"))).AssertStatus(400);

        await SetAsync("suspended", 200);
        (await device.PostAsync(service + "/Entities/suspended-001/Factors", ("FactorType", "push"))).AssertError(401, 20003, "account_not_active");
        foreach (var client in new[] { tenant, key })
        {
            Assert.Contains("WWW-Authenticate", (await client.GetAsync("/v2/Services")).AssertError(401, 20003, "account_not_active").Headers.Keys);

            // The page of the virtual phones asks for credentials itself, and a browser must not over it.
            Assert.DoesNotContain("WWW-Authenticate", (await client.GetAsync("/sandbox/messages")).AssertError(401, 20003, "account_not_active").Headers.Keys);
        }

        (await server.Client(tenant.User, "not the token at all").GetAsync("/v2/Services")).AssertError(401, 20003, "bad_credentials");
        await SetAsync("active", 200);
        (await key.GetAsync("/v2/Services")).AssertStatus(200);
        await SetAsync("closed", 200);
        (await tenant.GetAsync("/v2/Services")).AssertError(401, 20003, "account_not_active");
        (await key.GetAsync("/v2/Services")).AssertError(401, 20003, "bad_credentials");
        (await SetAsync("active", 400)).AssertInvalid("status", "account_closed");

        async Task<Answer> SetAsync(string status, int answer) =>
            (await server.Api.PostJsonAsync($"{Path}/{tenant.User}", $$"""{"status":"{{status}}"}""")).AssertStatus(answer);
    }

    [Fact]
    public async Task What_a_closed_account_had_goes_with_it_and_nothing_of_another()
    {
        var (tenant, other) = (await NewTenantAsync(), await NewTenantAsync());
        foreach (var client in new[] { tenant, other })
        {
            await FillAsync(client);
        }

        var (stores, account, neighbour) = (server.Services.GetRequiredService<IStores>(), Sid.Parse(tenant.User, "AC"), Sid.Parse(other.User, "AC"));
        var sink = Assert.Single(stores.EventSinks.Of(account));
        await stores.Events.AddAsync(EventEntry.For([sink], SendTestEvent.NoService, EventType.VerificationPending, account, server.Clock.GetUtcNow().AddHours(1), "{}"u8.ToArray()), Ct);
        Assert.Equal(Filled, await CountAsync(account));

        (await server.Api.PostJsonAsync($"{Path}/{tenant.User}", """{"status":"closed"}""")).AssertStatus(200);

        Assert.All(await CountAsync(account), count => Assert.Equal(0, count));
        Assert.Empty((await stores.Events.ListAsync(account, null, dead: false, new PageRequest(10, null), Ct)).Items);
        Assert.Equal(Filled, await CountAsync(neighbour));

        // What a request that was under way still made.
        await stores.EventSinks.PutAsync(account, sink.Name, _ => sink, Ct);
        await server.Services.GetRequiredService<EmptyClosedAccounts>().RunOnceAsync(Ct);
        Assert.Empty(stores.EventSinks.Of(account));
        Assert.Equal(Filled, await CountAsync(neighbour));

        async Task FillAsync(ApiClient client)
        {
            (await client.PostAsync("/v2/Services", ("FriendlyName", "Crows"))).AssertStatus(201);
            var service = "/v2/Services/" + (await client.PostAsync("/v2/Services", ("FriendlyName", "Owls"))).AssertStatus(201).Text("sid");
            (await client.PostAsync(service + "/Webhooks", ("FriendlyName", "hook"), ("WebhookUrl", "https://app.example/"), ("EventTypes", "*"))).AssertStatus(201);
            (await client.PostAsync(service + "/RateLimits", ("UniqueName", "ip"))).AssertStatus(201);
            (await client.PostJsonAsync("/admin/v1/sinks", """{"url":"https://sink.example/"}""")).AssertStatus(201);
            (await client.PostJsonAsync("/admin/v1/keys", "{}")).AssertStatus(201);
            (await client.SendJsonAsync(HttpMethod.Put, "/admin/v1/carriers/acme", """{"kind":"twilio","settings":{"account_sid":"ACcccccccccccccccccccccccccccccccc","auth_token":"not-a-real-auth-token","from":"+14155550199"}}""")).AssertStatus(201);
            (await client.SendJsonAsync(HttpMethod.Put, "/admin/v1/routes/all", """{"channel":"sms","carriers":[{"name":"acme"}]}""")).AssertStatus(201);
            (await client.PostJsonAsync("/admin/v1/block-list", """{"numbers":["+14155550123"]}""")).AssertStatus(200);
        }

        async Task<int[]> CountAsync(Sid of) =>
        [
            (await stores.Services.ListAsync(of, new PageRequest(10, null), Ct)).Items.Count, stores.Webhooks.Of(of).Count, stores.RateLimits.Of(of).Count, stores.EventSinks.Of(of).Count,
            (await stores.Accounts.ListKeysAsync(of, Ct)).Count, stores.Carriers.Of(of).Count, stores.Routes.Of(of).Count, stores.NumberLists.Of(of).Count,
        ];
    }

    [Theory]
    [InlineData("suspended", "own_account")]
    [InlineData("closed", "own_account")]
    [InlineData("paused", "not_a_choice")]
    public async Task The_first_account_cannot_lock_itself_out(string status, string reason) =>
        (await server.Api.PostJsonAsync($"{Path}/{RunningServer.AccountSid}", $$"""{"status":"{{status}}"}""")).AssertInvalid("status", reason);

    async Task<ApiClient> NewTenantAsync() => ClientOf((await server.Api.PostJsonAsync(Path, "{}")).AssertStatus(201));

    ApiClient ClientOf(Answer made) => server.Client(made.Text("sid")!, server.Secret(made.Text("auth_token")!));
}
