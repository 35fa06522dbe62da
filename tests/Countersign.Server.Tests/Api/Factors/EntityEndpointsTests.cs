using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api.Factors;

public sealed class EntityEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task An_entity_is_made_read_listed_and_removed()
    {
        var path = await server.NewServiceAsync() + "/Entities";

        var made = (await server.Api.PostAsync(path, ("Identity", "Person-0001"))).AssertStatus(201);

        Assert.Equal(["sid", "identity", "account_sid", "service_sid", "date_created", "date_updated", "url", "links"], made.NamesAt(""));
        Assert.Equal(("Person-0001", "YE"), (made.Text("identity"), made.Text("sid")![..2]));
        Assert.EndsWith(path + "/Person-0001", made.Text("url"), StringComparison.Ordinal);
        Assert.Equal(made.Text("url") + "/Factors", made.Text("links.new_factors"));
        Assert.Equal(made.Text("url") + "/Challenges", made.Text("links.challenges"));
        Assert.Equal(made.Body, (await server.Api.GetAsync(path + "/Person-0001")).AssertStatus(200).Body);
        (await server.Api.PostAsync(path, ("Identity", "Person-0001"))).AssertError(409, 60301, "entity_exists");
        (await server.Api.PostAsync(path, ("Identity", "person-0001"))).AssertStatus(201);
        var list = (await server.Api.GetAsync(path + "?PageSize=1")).AssertStatus(200);
        Assert.Equal(["entities", "meta"], list.NamesAt(""));
        Assert.Equal(("entities", "person-0001"), (list.Text("meta.key"), list.At("entities")[0].GetProperty("identity").GetString()));
        Assert.Equal(made.Text("sid"), (await server.Api.GetAsync(new Uri(list.Text("meta.next_page_url")!).PathAndQuery)).AssertStatus(200).At("entities")[0].GetProperty("sid").GetString());
        (await server.Api.DeleteAsync(path + "/Person-0001")).AssertStatus(204);
        (await server.Api.DeleteAsync(path + "/Person-0001")).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync(path + "/Person-0001")).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync(path + "/person-0001")).AssertStatus(200);
    }

    [Theory]
    [InlineData("1234567")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    [InlineData("person_0001")]
    [InlineData("person 0001")]
    [InlineData("pérson-0001")]
    [InlineData("person-0001\u0000")]
    [InlineData("person-0001/x")]
    [InlineData("../../../Services")]
    [InlineData("١٢٣٤٥٦٧٨")]
    public async Task What_is_no_identity_is_a_60306_in_a_form_and_in_a_path(string identity)
    {
        var made = (await server.Api.PostAsync(RunningServer.ServicePath + "/Entities", ("Identity", identity))).AssertStatus(400);
        Assert.True(made.Text("details.reason") == "control_characters" || (made.Number("code"), made.Text("details.reason")) == (60306, "invalid_identity"), made.Body);

        // As one segment of the path, however it is written. Kestrel itself refuses a path with a NUL in it.
        var answer = await server.Api.GetAsync($"{RunningServer.ServicePath}/Entities/{Uri.EscapeDataString(identity)}");
        Assert.True(answer.Status == 404 || answer is { Status: 400, Body.Length: 0 } || answer.Number("code") == 60306, answer.Body);
    }

    [Fact]
    public async Task An_identity_may_be_escaped_in_a_path()
    {
        (await server.Api.PostAsync(RunningServer.ServicePath + "/Entities", ("Identity", "escaped-001"))).AssertStatus(201);

        Assert.Equal("escaped-001", (await server.Api.GetAsync(RunningServer.ServicePath + "/Entities/%65scaped%2D001")).AssertStatus(200).Text("identity"));
    }

    [Fact]
    public async Task Whoever_is_removed_takes_factors_and_open_challenges_along()
    {
        var app = await TotpApp.VerifiedAsync(server, "removed-with-all");
        var entity = RunningServer.ServicePath + "/Entities/removed-with-all";
        var challenge = (await server.Api.PostAsync(entity + "/Challenges", ("FactorSid", app.Sid))).AssertStatus(201).Text("sid");

        (await server.Api.DeleteAsync(entity)).AssertStatus(204);

        (await server.Api.PostAsync($"{entity}/Challenges/{challenge}", ("AuthPayload", app.Code()))).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync(entity + "/Factors")).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync(entity + "/Challenges")).AssertError(404, 20404, "not_found");

        // Made again, it is another person.
        await TotpApp.VerifiedAsync(server, "removed-with-all");
        Assert.Equal(1, (await server.Api.GetAsync(entity + "/Factors")).At("factors").GetArrayLength());
        Assert.Equal(0, (await server.Api.GetAsync(entity + "/Challenges")).At("challenges").GetArrayLength());
        (await server.Api.GetAsync($"{entity}/Challenges/{challenge}")).AssertError(404, 20404, "not_found");
        (await server.Api.PostAsync(app.Path, ("AuthPayload", app.Code()))).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task The_form_for_push_is_three_schemas()
    {
        var form = (await server.Api.GetAsync("/v2/Forms/form-push")).AssertStatus(200);

        Assert.Equal(["form_type", "forms", "form_meta", "url"], form.NamesAt(""));
        Assert.Equal(["create_factor", "verify_factor", "create_challenge"], form.NamesAt("forms"));
        Assert.Equal("object", form.Text("forms.create_factor.type"));
        (await server.Api.GetAsync("/v2/Forms/form-pull")).AssertError(404, 20404, "not_found");
    }
}
