using Countersign.Core.Accounts;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Admin;

public sealed class KeyAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_key_lets_in_from_when_it_is_made_until_it_is_revoked()
    {
        var made = await server.Api.PostJsonAsync("/admin/v1/keys", """{"friendly_name":"CI"}""");
        var client = server.Client(made.AssertStatus(201).Text("sid")!, made.Text("secret")!);

        (await client.GetAsync(RunningServer.ServicePath)).AssertStatus(200);
        Assert.Equal(204, (await server.Api.DeleteAsync($"/admin/v1/keys/{client.User}")).Status);

        (await client.GetAsync(RunningServer.ServicePath)).AssertError(401, 20003, "bad_credentials");
        (await server.Api.DeleteAsync($"/admin/v1/keys/{client.User}")).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task Revoking_a_key_that_there_is_not_has_nobody_show_credentials_again()
    {
        var authenticate = server.Services.GetRequiredService<Authenticate>();
        (await server.Api.GetAsync(RunningServer.ServicePath)).AssertStatus(200);
        var before = authenticate.Version;

        (await server.Api.DeleteAsync("/admin/v1/keys/SK" + new string('7', 32))).AssertError(404, 20404, "not_found");

        Assert.Equal(before, authenticate.Version);
    }

    [Fact]
    public async Task The_secret_is_shown_once()
    {
        var made = await server.Api.PostJsonAsync("/admin/v1/keys", "{}");

        var list = await server.Api.GetAsync("/admin/v1/keys");

        Assert.Equal(["sid", "friendly_name", "kind", "policy", "secret", "date_created"], made.NamesAt(""));
        Assert.Contains(made.Text("sid")!, list.AssertStatus(200).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", list.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_account_neither_sees_nor_revokes_a_key()
    {
        var made = await server.Api.PostJsonAsync("/admin/v1/keys", "{}");
        var other = await server.NewAccountAsync();

        var list = await other.GetAsync("/admin/v1/keys");
        var deleted = await other.DeleteAsync($"/admin/v1/keys/{made.Text("sid")}");

        Assert.Equal(0, list.AssertStatus(200).At("keys").GetArrayLength());
        deleted.AssertError(404, 20404, "not_found");
        (await server.Client(made.Text("sid")!, made.Text("secret")!).GetAsync(RunningServer.ServicePath)).AssertStatus(200);
    }
}
