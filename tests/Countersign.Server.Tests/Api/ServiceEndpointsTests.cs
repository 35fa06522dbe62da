using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class ServiceEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_service_has_Twilios_members_in_Twilios_order()
    {
        var answer = await server.Api.PostAsync("/v2/Services", ("FriendlyName", "Shape"));

        answer.AssertStatus(201);
        Assert.Equal(
            [
                "sid", "account_sid", "friendly_name", "code_length", "lookup_enabled", "psd2_enabled", "skip_sms_to_landlines", "dtmf_input_required", "tts_name",
                "do_not_share_warning_enabled", "custom_code_enabled", "push", "totp", "whatsapp", "passkeys", "default_template_sid",
                "verify_event_subscription_enabled", "date_created", "date_updated", "url", "links",
            ],
            answer.NamesAt(""));
        Assert.Equal(
            ["verification_checks", "verifications", "rate_limits", "messaging_configurations", "entities", "webhooks", "access_tokens"], answer.NamesAt("links"));
        Assert.Equal(RunningServer.AccountSid, answer.Text("account_sid"));
        Assert.Matches("^VA[0-9a-f]{32}$", answer.Text("sid"));
        Assert.Matches(@"^2026-03-01T12:\d\d:\d\dZ$", answer.Text("date_created"));
    }

    [Fact]
    public async Task What_is_not_set_is_an_object_of_nulls()
    {
        var answer = await server.Api.PostAsync("/v2/Services", ("FriendlyName", "Nulls"));

        string[] nulls =
        [
            "tts_name", "default_template_sid", "push.apn_credential_sid", "push.fcm_credential_sid", "totp.issuer", "totp.time_step", "totp.code_length",
            "totp.skew", "whatsapp.msg_service_sid", "whatsapp.from", "passkeys.relying_party.id", "passkeys.relying_party.name", "passkeys.relying_party.origins",
            "passkeys.authenticator_attachment", "passkeys.discoverable_credentials", "passkeys.user_verification",
        ];
        Assert.All(nulls, member => Assert.True(answer.IsNull(member), member));
        Assert.False(answer.At("push.include_date").GetBoolean());
    }

    [Fact]
    public async Task A_service_is_fetched_as_it_was_created()
    {
        var created = await server.Api.PostAsync(
            "/v2/Services", ("FriendlyName", "Kept"), ("CodeLength", "7"), ("Passkeys.RelyingParty.Origins", "https://a.example,https://b.example"));

        var fetched = await server.Api.GetAsync($"/v2/Services/{created.Text("sid")}");

        Assert.Equal(created.Body, fetched.AssertStatus(200).Body);
        Assert.Equal(2, fetched.At("passkeys.relying_party.origins").GetArrayLength());
    }

    [Fact]
    public async Task A_deleted_service_is_gone_with_its_verifications()
    {
        var path = await server.NewServiceAsync();
        var number = server.NewNumber();
        var started = await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"));

        var deleted = await server.Api.DeleteAsync(path);

        Assert.Equal((204, ""), (deleted.Status, deleted.Body));
        (await server.Api.DeleteAsync(path)).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync(path)).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync($"{path}/Verifications/{started.Text("sid")}")).AssertError(404, 20404, "not_found");
        (await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"))).AssertError(404, 20404, "not_found");
    }

    [Theory]
    [InlineData("VA0")]
    [InlineData("nonsense")]
    [InlineData("VE00000000000000000000000000000000")]
    [InlineData("VAgggggggggggggggggggggggggggggggg")]
    public async Task What_is_no_service_SID_is_not_found(string sid)
    {
        var answer = await server.Api.GetAsync($"/v2/Services/{sid}");

        answer.AssertError(404, 20404, "not_found");
        Assert.Equal($"The requested resource /Services/{sid} was not found", answer.Text("message"));
    }

    [Fact]
    public async Task The_code_length_of_the_service_is_the_codes_length()
    {
        foreach (var length in new[] { 4, 7, 10 })
        {
            var path = await server.NewServiceAsync(("CodeLength", $"{length}"));
            var number = server.NewNumber();

            (await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"))).AssertStatus(201);

            var code = await server.CodeAsync(number);
            Assert.Matches($"^[0-9]{{{length}}}$", code);
            var check = await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", code));
            Assert.Equal("approved", check.AssertStatus(200).Text("status"));
        }
    }
}
