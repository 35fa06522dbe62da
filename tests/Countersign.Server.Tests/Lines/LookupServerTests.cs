using Countersign.Core.Lookups;
using Countersign.Core.Numbers;
using Countersign.Server.Tests.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Countersign.Server.Tests.Lines;

/// <summary>A server that asks another for lines. The other one is Countersign again, whose Lookup is Twilio's too, or one that misbehaves.</summary>
public sealed class LookupServerTests : IDisposable
{
    readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("countersign-lines-");

    [Fact]
    public async Task Carrier_type_and_SIM_come_from_the_other_server()
    {
        await using var other = await RunningServer.StartAsync([], services => services.AddSingleton<ILineSource>(new Knowing()));
        await using var server = await AskingAsync(other.Address.ToString(), RunningServer.AccountSid, RunningServer.AuthToken);
        var number = server.NewNumber();

        var answer = (await server.Api.GetAsync($"/v2/PhoneNumbers/{number}?Fields=line_type_intelligence,sim_swap")).AssertStatus(200);

        Assert.Equal(
            ("nonFixedVoip", "234", "15", "Acme"),
            (answer.Text("line_type_intelligence.type"), answer.Text("line_type_intelligence.mobile_country_code"), answer.Text("line_type_intelligence.mobile_network_code"), answer.Text("line_type_intelligence.carrier_name")));
        Assert.Equal(("2026-02-01T00:00:00Z", "PT48H"), (answer.Text("sim_swap.last_sim_swap.last_sim_swap_date"), answer.Text("sim_swap.last_sim_swap.swapped_period")));
        Assert.True(answer.At("sim_swap.last_sim_swap.swapped_in_period").GetBoolean());
    }

    [Fact]
    public async Task What_the_other_server_does_not_know_the_table_does()
    {
        await using var other = await RunningServer.StartAsync([]);
        await using var server = await AskingAsync(other.Address.ToString(), RunningServer.AccountSid, RunningServer.AuthToken, Table("prefix,mcc,mnc,carrier\n4477009,234,20,Table\n"));

        var answer = (await server.Api.GetAsync("/v2/PhoneNumbers/+447700900123?Fields=line_type_intelligence")).AssertStatus(200);

        Assert.Equal(
            ("mobile", "234", "20", "Table"),
            (answer.Text("line_type_intelligence.type"), answer.Text("line_type_intelligence.mobile_country_code"), answer.Text("line_type_intelligence.mobile_network_code"), answer.Text("line_type_intelligence.carrier_name")));
    }

    [Fact]
    public async Task A_table_names_the_carrier_of_a_verification_too()
    {
        await using var server = await RunningServer.StartAsync(["--Countersign:Lookup:Ranges", Table("prefix,mcc,mnc,carrier,type\n4477009,234,20,Table,voip\n")]);
        var service = await server.NewServiceAsync(("LookupEnabled", "true"));

        var known = (await server.Api.PostAsync(service + "/Verifications", ("To", "+447700900123"), ("Channel", "sms"))).AssertStatus(201);
        var unknown = (await server.Api.PostAsync(service + "/Verifications", ("To", server.NewNumber()), ("Channel", "sms"))).AssertStatus(201);

        Assert.Equal(
            ("234", "20", "Table", "voip"),
            (known.Text("lookup.carrier.mobile_country_code"), known.Text("lookup.carrier.mobile_network_code"), known.Text("lookup.carrier.name"), known.Text("lookup.carrier.type")));
        Assert.Equal((null, null), (unknown.Text("lookup.carrier.mobile_country_code"), unknown.Text("lookup.carrier.name")));
    }

    [Theory]
    [InlineData("refuses")]
    [InlineData("talks of something else")]
    [InlineData("says too much")]
    [InlineData("sends elsewhere")]
    [InlineData("hangs up")]
    [InlineData("says nothing")]
    public async Task A_server_that_does_not_answer_as_it_should_is_told_from_one_that_knows_nothing(string behaviour)
    {
        await using var other = await Misbehaving(behaviour);
        await using var server = await AskingAsync(other.Urls.First(), "user", Password);
        var number = server.NewNumber();
        server.Secret(Password);

        var refused = (await server.Api.GetAsync($"/v2/PhoneNumbers/{number}?Fields=line_type_intelligence")).AssertError(503, 20503, "line_source_away");

        Assert.NotNull(refused.Headers["Retry-After"]);
        (await server.Api.GetAsync($"/v2/PhoneNumbers/{number}")).AssertStatus(200);
        Assert.Contains(server.Logs.Lines, line => line.Text.Contains("A lookup was not answered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_type_in_the_table_decides_what_a_start_may_be_sent_to()
    {
        await using var server = await RunningServer.StartAsync(["--Countersign:Lookup:Ranges", Table("prefix,type\n4477009,voip\n")]);
        var service = await server.NewServiceAsync();
        (await server.Api.PostJsonAsync(service.Replace("/v2/Services", "/admin/v1/services", StringComparison.Ordinal), """{"denied_line_types":["voip"]}""")).AssertStatus(200);

        var refused = (await server.Api.PostAsync(service + "/Verifications", ("To", "+447700900123"), ("Channel", "sms"))).AssertError(403, 60205, "line_type_denied");

        Assert.Equal("voip", refused.Text("details.line_type"));
    }

    [Theory]
    [InlineData("fixedVoip")]
    [InlineData("nonFixedVoip")]
    public async Task Whether_internet_telephony_is_bound_to_a_place_is_told_as_the_other_server_does(string type)
    {
        var answer = await AskAsync($$$"""{"line_type_intelligence":{"type":"{{{type}}}","carrier_name":"Comcast"}}""");

        Assert.Equal((type, "Comcast"), (answer.Text("line_type_intelligence.type"), answer.Text("line_type_intelligence.carrier_name")));
        Assert.True(answer.IsNull("line_type_intelligence.error_code"));
    }

    [Fact]
    public async Task What_the_other_server_failed_to_find_out_is_an_error_and_no_guess()
    {
        var answer = await AskAsync(
            """{"line_type_intelligence":{"type":null,"error_code":60601},"sim_swap":{"last_sim_swap":null,"error_code":60606}}""", "prefix,mcc,mnc,carrier\n4477009,234,20,Table\n");

        Assert.Equal(60601, answer.Number("line_type_intelligence.error_code"));
        Assert.True(answer.IsNull("line_type_intelligence.type") && answer.IsNull("line_type_intelligence.carrier_name"));
        Assert.Equal(60606, answer.Number("sim_swap.error_code"));
        Assert.Equal(["last_sim_swap", "carrier_name", "mobile_country_code", "mobile_network_code", "error_code"], answer.NamesAt("sim_swap"));
        Assert.True(answer.IsNull("sim_swap.last_sim_swap"));
    }

    [Fact]
    public async Task A_carrier_is_the_one_of_the_server_or_the_one_of_the_table_and_not_half_of_each()
    {
        var answer = await AskAsync("""{"line_type_intelligence":{"type":"nonFixedVoip","carrier_name":"Ported"}}""", "prefix,mcc,mnc,carrier\n4477009,234,20,Table\n");

        Assert.Equal("Ported", answer.Text("line_type_intelligence.carrier_name"));
        Assert.True(answer.IsNull("line_type_intelligence.mobile_country_code") && answer.IsNull("line_type_intelligence.mobile_network_code"));
    }

    const string Password = "a-password-of-the-other";

    public void Dispose() => _directory.Delete(recursive: true);

    static Task<RunningServer> AskingAsync(string url, string user, string password, string? table = null) => RunningServer.StartAsync(
        [
            "--Countersign:Lookup:Server", url,
            "--Countersign:Lookup:User", user,
            "--Countersign:Lookup:Password", password,
            "--Countersign:Lookup:TimeoutMilliseconds", "500",
            .. table is null ? [] : new[] { "--Countersign:Lookup:Ranges", table },
        ]);

    string Table(string text)
    {
        var path = Path.Combine(_directory.FullName, "ranges.csv");
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>What a server says of a number that asks one which answers so.</summary>
    async Task<Answer> AskAsync(string json, string? table = null)
    {
        await using var other = await Other(context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(json);
        });
        await using var server = await AskingAsync(other.Urls.First(), "user", Password, table is null ? null : Table(table));
        return (await server.Api.GetAsync("/v2/PhoneNumbers/+447700900123?Fields=line_type_intelligence,sim_swap")).AssertStatus(200);
    }

    static Task<WebApplication> Misbehaving(string behaviour) => Other(async context =>
    {
        switch (behaviour)
        {
            case "refuses":
                context.Response.StatusCode = 401;
                break;
            case "talks of something else":
                await context.Response.WriteAsync("<html>");
                break;
            case "says too much":
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync($$"""{"caller_name":"{{new string('a', 1 << 20)}}"}""");
                break;
            case "sends elsewhere":
                context.Response.Redirect("/elsewhere");
                break;
            case "hangs up":
                context.Abort();
                break;
            default:
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
                break;
        }
    });

    static async Task<WebApplication> Other(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/v2/PhoneNumbers/{number}", answer);
        app.MapGet("/elsewhere", () => Results.Json(new { line_type_intelligence = new { type = "mobile" } }));
        await app.StartAsync();
        return app;
    }

    sealed class Knowing : ILineSource
    {
        public ValueTask<LineFacts> FindAsync(PhoneNumber number, LineQuestions asked, CancellationToken ct) => new(new LineFacts
        {
            Type = LineType.Voip,
            MobileCountryCode = "234",
            MobileNetworkCode = "15",
            CarrierName = "Acme",
            SimSwap = new SimSwap(new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), "PT48H", true),
        });
    }
}
