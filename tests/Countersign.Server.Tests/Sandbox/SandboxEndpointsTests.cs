using System.Net.Http.Headers;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Sandbox;

public sealed class SandboxEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData("+")]
    [InlineData("%2B")]
    [InlineData("%20")]
    public async Task A_phone_is_found_however_the_plus_is_written(string plus)
    {
        var number = server.NewNumber();
        (await server.Api.StartAsync(number)).AssertStatus(201);
        var code = await server.CodeAsync(number);

        var messages = (await server.Api.GetAsync($"/sandbox/messages?to={plus}{number[1..]}")).At("messages");

        Assert.Equal(code, Assert.Single(messages.EnumerateArray()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_number_without_its_plus_is_refused_with_the_one_that_was_meant_instead_of_finding_nothing()
    {
        var number = server.NewNumber();

        var answer = await server.Api.GetAsync($"/sandbox/messages?to={number[1..]}");

        answer.AssertInvalid("to", "not_international");
        Assert.Equal(number, answer.Text("details.suggestion"));
    }

    [Fact]
    public async Task An_email_address_is_a_phone_of_its_own() =>
        Assert.Equal(0, (await server.Api.GetAsync("/sandbox/messages?to=someone%40example.com")).AssertStatus(200).At("messages").GetArrayLength());

    [Fact]
    public async Task Another_account_reads_none_of_our_messages()
    {
        var number = server.NewNumber();
        (await server.Api.StartAsync(number)).AssertStatus(201);
        await server.CodeAsync(number);
        var other = await server.NewAccountAsync();

        Assert.Equal(0, (await other.GetAsync("/sandbox/messages")).At("messages").GetArrayLength());
        Assert.Equal(0, (await other.GetAsync($"/sandbox/messages?to={Uri.EscapeDataString(number)}")).At("messages").GetArrayLength());
    }

    [Fact]
    public async Task A_stream_that_a_key_opened_ends_when_the_key_is_revoked()
    {
        var key = (await server.Api.PostJsonAsync("/admin/v1/keys", "{}")).AssertStatus(201);
        using var client = new HttpClient();
        var credentials = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{key.Text("sid")}:{key.Text("secret")}"));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
        using var reader = new StreamReader(await client.GetStreamAsync(new Uri(server.Address, "/sandbox/events")));
        Assert.Equal(": connected", await reader.ReadLineAsync());

        Assert.Equal(204, (await server.Api.DeleteAsync($"/admin/v1/keys/{key.Text("sid")}")).Status);
        var number = server.NewNumber();
        (await server.Api.StartAsync(number)).AssertStatus(201);
        var rest = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20));

        Assert.DoesNotContain(await server.CodeAsync(number), rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_does_not_hold_up_the_server_when_it_stops()
    {
        var own = await RunningServer.StartAsync([]);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", own.Api.Authorization);
        using var reader = new StreamReader(await client.GetStreamAsync(new Uri(own.Address, "/sandbox/events")));
        Assert.Equal(": connected", await reader.ReadLineAsync());

        await own.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    public async Task Another_sites_page_cannot_use_what_a_browser_remembers(string header, string value)
    {
        using var request = server.Api.Request(HttpMethod.Get, "/v2/Services");
        request.Headers.Add(header, value);

        var answer = (await ApiClient.SendAsync(request)).AssertError(401, 20003, "cross_site");

        // Or the browser would ask the visitor for them, on the other site's page.
        Assert.False(answer.Headers.ContainsKey("WWW-Authenticate"));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Origin", "own")]
    public async Task The_own_pages_and_what_is_typed_into_a_browser_are_let_in(string header, string value)
    {
        using var request = server.Api.Request(HttpMethod.Get, "/v2/Services");
        request.Headers.Add(header, value == "own" ? server.Address.GetLeftPart(UriPartial.Authority) : value);

        (await ApiClient.SendAsync(request)).AssertStatus(200);
    }
}
