using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Admin;

public sealed class MessagingServiceAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_pool_is_made_read_changed_and_removed()
    {
        (await server.Api.SendJsonAsync(HttpMethod.Put, "/admin/v1/carriers/acme",
            """{"kind":"twilio","settings":{"account_sid":"ACcccccccccccccccccccccccccccccccc","auth_token":"not-a-real-auth-token","from":"+14155550199"}}""")).AssertStatus(201);

        var made = (await PutAsync('a', """{"senders":["Acme","+14155550100"],"brandless":true,"carriers":["acme"]}""")).AssertStatus(201);
        Assert.Equal(["sid", "senders", "brandless", "carriers", "date_created", "date_updated"], made.NamesAt(""));
        Assert.Equal("""["Acme","+14155550100"]""", made.At("senders").GetRawText());

        var changed = (await PutAsync('a', """{"brandless":null,"carriers":null}""")).AssertStatus(200);
        Assert.True(changed.IsNull("brandless") && changed.IsNull("carriers"));
        Assert.Equal(made.At("senders").GetRawText(), changed.At("senders").GetRawText());
        Assert.Equal(changed.Body, (await server.Api.GetAsync(Path('a'))).AssertStatus(200).Body);
        Assert.Contains("MGaaaa", (await server.Api.GetAsync("/admin/v1/messaging-services")).Body, StringComparison.Ordinal);
        (await server.Api.DeleteAsync(Path('a'))).AssertStatus(204);
        (await server.Api.DeleteAsync(Path('a'))).AssertStatus(404);
        (await server.Api.GetAsync(Path('a'))).AssertStatus(404);
    }

    [Theory]
    [InlineData("""{"senders":["not a sender at all"]}""", "senders", "not_a_list")]
    [InlineData("""{"senders":["1"]}""", "senders", "not_a_sender")]
    [InlineData("""{"senders":["Acme","Acme"]}""", "senders", "sender_twice")]
    [InlineData("""{"brandless":"yes"}""", "brandless", "not_a_flag")]
    [InlineData("""{"carriers":["nobody"]}""", "carriers", "unknown_carrier")]
    public async Task What_cannot_work_is_refused_by_name(string body, string parameter, string reason) =>
        (await PutAsync('b', body)).AssertInvalid(parameter, reason);

    [Fact]
    public async Task The_name_of_a_pool_is_a_SID() =>
        (await server.Api.SendJsonAsync(HttpMethod.Put, "/admin/v1/messaging-services/Acme", "{}")).AssertInvalid("messaging_service", "not_a_sid");

    [Fact]
    public async Task Accounts_may_use_the_same_name_and_see_their_own()
    {
        var other = await server.NewAccountAsync();
        (await PutAsync('c', """{"senders":["Acme"]}""")).AssertStatus(201);

        (await other.GetAsync(Path('c'))).AssertStatus(404);
        await other.NewPoolAsync('c', """{"senders":["Other"]}""");
        (await other.DeleteAsync(Path('c'))).AssertStatus(204);

        Assert.Equal("""["Acme"]""", (await server.Api.GetAsync(Path('c'))).At("senders").GetRawText());
    }

    Task<Answer> PutAsync(char mark, string body) => server.Api.SendJsonAsync(HttpMethod.Put, Path(mark), body);

    static string Path(char mark) => $"/admin/v1/messaging-services/MG{new string(mark, 32)}";
}
