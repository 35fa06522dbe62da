using System.Security.Cryptography;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Services;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Api;

/// <summary>What a service may say of passkeys, and what becomes of a service that says what cannot be because an older server let it.</summary>
public sealed class PasskeyConfigsTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Site = "https://example.com";
    const string Removed = "https://old.example.com";

    [Theory]
    [InlineData("Passkeys.RelyingParty.Id", "localhost:3000", "not_a_host")]
    [InlineData("Passkeys.RelyingParty.Id", "https://example.com", "not_a_host")]
    [InlineData("Passkeys.RelyingParty.Id", "127.0.0.1", "not_a_host")]
    [InlineData("Passkeys.RelyingParty.Id", "0x7f.1", "not_a_host")]
    [InlineData("Passkeys.RelyingParty.Id", "exa mple", "not_a_host")]
    [InlineData("Passkeys.RelyingParty.Origins", "https://example.com,app.localhost", "not_an_origin")]
    [InlineData("Passkeys.RelyingParty.Origins", "https://attacker.test", "not_an_origin")]
    [InlineData("Passkeys.RelyingParty.Origins", "http://example.com", "not_an_origin")]
    [InlineData("Passkeys.RelyingParty.Origins", "https://example.com/login", "not_an_origin")]
    public async Task Settings_that_no_browser_would_take_are_refused_and_nothing_is_changed(string parameter, string value, string reason)
    {
        var path = await PathAsync(Site);
        var before = await server.Api.GetAsync(path);

        var updated = await server.Api.PostAsync(path, (parameter, value), ("CodeLength", "8"));
        var created = await server.Api.PostAsync("/v2/Services", [.. Merged(parameter, value)]);

        updated.AssertInvalid(parameter, reason);
        created.AssertInvalid(parameter, reason);
        Assert.Equal(before.Body, (await server.Api.GetAsync(path)).Body);
    }

    [Fact]
    public async Task A_host_in_capital_letters_is_refused_with_the_one_that_was_meant()
    {
        var answer = await server.Api.PostAsync(await PathAsync(Site), ("Passkeys.RelyingParty.Id", "Example.com"));

        answer.AssertInvalid("Passkeys.RelyingParty.Id", "not_a_host");
        Assert.Equal("example.com", answer.Text("details.suggestion"));
    }

    [Fact]
    public async Task An_origin_without_its_scheme_is_meant_by_https_as_Twilio_writes_it()
    {
        var (path, person) = (await PathAsync("example.com,login.example.com:8443"), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        await RegisterAsync(path, person, authenticator);

        var asked = Options((await AskAsync(path, person)).AssertStatus(201));
        (await ApproveAsync(path, authenticator.SignIn(asked, ceremony => ceremony.Origin = "http://example.com").ToJsonString())).AssertError(403, 60324, "origin_not_allowed");
        (await ApproveAsync(path, authenticator.SignIn(asked, ceremony => ceremony.Origin = "https://login.example.com:8443").ToJsonString())).AssertStatus(200);
    }

    [Fact]
    public async Task Another_relying_party_is_refused_as_long_as_the_origins_are_not_its_own()
    {
        var path = await PathAsync(Site);

        (await server.Api.PostAsync(path, ("Passkeys.RelyingParty.Id", "other.test"))).AssertInvalid("Passkeys.RelyingParty.Origins", "not_an_origin");
        (await server.Api.PostAsync(path, ("Passkeys.RelyingParty.Id", "other.test"), ("Passkeys.RelyingParty.Origins", "https://other.test"))).AssertStatus(200);
    }

    [Fact]
    public async Task A_relying_party_needs_no_origins_and_origins_need_no_relying_party()
    {
        var path = await server.NewServiceAsync(("Passkeys.RelyingParty.Origins", "https://app.example.com,http://localhost:3000/,android:apk-key-hash:abc"));

        (await server.Api.PostAsync(path, ("Passkeys.RelyingParty.Origins", "http://app.example.com"))).AssertInvalid("Passkeys.RelyingParty.Origins", "not_an_origin");
        (await server.Api.PostAsync(path, ("Passkeys.RelyingParty.Origins", ""), ("Passkeys.RelyingParty.Id", "example.com"))).AssertStatus(200);

        var made = (await MakeAsync(path, "person-of-a-host", "{}")).AssertStatus(201);
        Assert.Equal(Site, made.At("config.relying_party.origins")[0].GetString());
    }

    [Fact]
    public async Task A_mistyped_origin_does_not_bring_back_one_that_was_removed()
    {
        var (path, person) = (await PathAsync($"{Site},{Removed}"), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        await RegisterAsync(path, person, authenticator);
        (await server.Api.PostAsync(path, ("Passkeys.RelyingParty.Origins", Site))).AssertStatus(200);

        (await server.Api.PostAsync(path, ("Passkeys.RelyingParty.Origins", Site + ",app.localhost"))).AssertInvalid("Passkeys.RelyingParty.Origins", "not_an_origin");

        var asked = Options((await AskAsync(path, person)).AssertStatus(201));
        (await ApproveAsync(path, authenticator.SignIn(asked, ceremony => ceremony.Origin = Removed).ToJsonString())).AssertError(403, 60324, "origin_not_allowed");
    }

    [Fact]
    public async Task While_the_stored_settings_cannot_be_nobody_signs_in_and_the_setting_is_named()
    {
        var (path, person) = (await PathAsync($"{Site},{Removed}"), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        await RegisterAsync(path, person, authenticator);
        var asked = Options((await AskAsync(path, person)).AssertStatus(201));
        var open = Options((await AskAsync(path, null)).AssertStatus(201));
        await StoreAsync(path, settings => settings with { RelyingPartyOrigins = [Site, "app.localhost"], UserVerification = "required" });

        Answer[] answers =
        [
            await AskAsync(path, person), await AskAsync(path, null), await ApproveAsync(path, authenticator.SignIn(asked).ToJsonString()),
            await ApproveAsync(path, authenticator.SignIn(open, ceremony => ceremony.Origin = Removed).ToJsonString()),
        ];

        Assert.All(answers, answer => AssertNamed(answer, "Passkeys.RelyingParty.Origins", "not_an_origin"));
        (await server.Api.PostAsync(path, ("Passkeys.UserVerification", "preferred"))).AssertInvalid("Passkeys.RelyingParty.Origins", "not_an_origin");
        (await server.Api.PostAsync(path, ("FriendlyName", "Renamed"))).AssertStatus(200);

        (await server.Api.PostAsync(path, ("Passkeys.RelyingParty.Origins", Site))).AssertStatus(200);
        (await ApproveAsync(path, authenticator.SignIn(open).ToJsonString())).AssertStatus(200);
    }

    [Theory]
    [InlineData("localhost:3000")]
    [InlineData("https://example.com")]
    [InlineData("Example.com")]
    public async Task A_stored_relying_party_that_cannot_be_is_named_as_the_services_setting(string id)
    {
        var path = await server.NewServiceAsync();
        await StoreAsync(path, settings => settings with { RelyingPartyId = id });

        AssertNamed(await AskAsync(path, null), "Passkeys.RelyingParty.Id", "not_a_host");
        AssertNamed(await MakeAsync(path, NewIdentity(), "{}"), "Passkeys.RelyingParty.Id", "not_a_host");
        AssertNamed(await MakeAsync(path, NewIdentity(), $$$"""{"relying_party":{"id":"{{{id}}}"}}"""), "config.relying_party.id", "not_a_host");
    }

    static void AssertNamed(Answer answer, string parameter, string reason)
    {
        answer.AssertError(400, 60306, reason);
        Assert.Equal(parameter, answer.Text("details.parameter"));
        Assert.Equal(parameter.StartsWith("Passkeys.", StringComparison.Ordinal), answer.Text("details.explanation")!.Contains($"update the service with {parameter}", StringComparison.Ordinal));
    }

    static IEnumerable<(string Name, string Value)> Merged(string parameter, string value) =>
        new[] { ("FriendlyName", "Wrong"), ("Passkeys.RelyingParty.Id", "example.com"), ("Passkeys.RelyingParty.Origins", Site) }.Select(field => field.Item1 == parameter ? (parameter, value) : field);

    static JsonElement Options(Answer answer) => answer.At("options.publicKey").Clone();

    static string NewIdentity() => "person-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    Task<string> PathAsync(string origins) => server.NewServiceAsync(("Passkeys.RelyingParty.Id", "example.com"), ("Passkeys.RelyingParty.Origins", origins));

    /// <summary>As a server that did not look at them kept them.</summary>
    async Task StoreAsync(string path, Func<PasskeySettings, PasskeySettings> change) =>
        Assert.NotNull(await server.Services.GetRequiredService<IServiceStore>().UpdateAsync(
            Sid.Parse(path[(path.LastIndexOf('/') + 1)..], "VA"), before => before with { Passkeys = change(before.Passkeys) }, TestContext.Current.CancellationToken));

    Task<Answer> MakeAsync(string path, string identity, string config) =>
        server.Api.PostJsonAsync(path + "/Passkeys/Factors", $$"""{"friendly_name":"Phone","identity":"{{identity}}","config":{{config}}}""");

    async Task RegisterAsync(string path, string identity, SoftAuthenticator authenticator)
    {
        var made = Options((await MakeAsync(path, identity, "{}")).AssertStatus(201));
        (await server.Api.PostJsonAsync(path + "/Passkeys/VerifyFactor", authenticator.Register(made).ToJsonString())).AssertStatus(200);
    }

    Task<Answer> AskAsync(string path, string? identity) =>
        server.Api.PostJsonAsync(path + "/Passkeys/Challenges", identity is null ? "{}" : $$"""{"identity":"{{identity}}"}""");

    Task<Answer> ApproveAsync(string path, string answer) => server.Api.PostJsonAsync(path + "/Passkeys/ApproveChallenge", answer);
}
