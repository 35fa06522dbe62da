using Countersign.Core.Lookups;
using Countersign.Core.Numbers;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Api;

public sealed class LookupEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    static readonly string[] Keys =
    [
        "calling_country_code", "country_code", "phone_number", "national_format", "valid", "validation_errors", "caller_name", "sim_swap", "call_forwarding", "line_status",
        "line_type_intelligence", "identity_match", "reassigned_number", "sms_pumping_risk", "phone_number_quality_score", "pre_fill", "url",
    ];

    [Theory]
    [InlineData("+442079460123", "", "+442079460123", "GB", "020 7946 0123")]
    [InlineData("%2B442079460123", "", "+442079460123", "GB", "020 7946 0123")]
    [InlineData("02079460123", "?CountryCode=gb", "+442079460123", "GB", "020 7946 0123")]
    [InlineData("4155550100", "", "+14155550100", "US", "(415) 555-0100")]
    [InlineData("+4402079460123", "", "+442079460123", "GB", "020 7946 0123")]
    public async Task A_number_that_can_exist_is_told_with_its_country(string path, string query, string number, string country, string national)
    {
        var answer = (await server.Api.GetAsync($"/v2/PhoneNumbers/{path}{query}")).AssertStatus(200);

        Assert.Equal(Keys, answer.NamesAt(""));
        Assert.True(answer.At("valid").GetBoolean());
        Assert.Equal((number, country, national), (answer.Text("phone_number"), answer.Text("country_code"), answer.Text("national_format")));
        Assert.Null(answer.Text("validation_errors"));
        Assert.EndsWith("/v2/PhoneNumbers/" + number, answer.Text("url"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("+1415555010", "TOO_SHORT")]
    [InlineData("+141555501000", "TOO_LONG")]
    [InlineData("+9991234567", "INVALID_COUNTRY_CODE")]
    [InlineData("+11115550100", "INVALID_BUT_POSSIBLE")]
    [InlineData("somebody", "NOT_A_NUMBER")]
    [InlineData("12", "TOO_SHORT")]
    [InlineData("99999999999999999999", "TOO_LONG")]
    [InlineData("1115550100", "INVALID_BUT_POSSIBLE")]
    public async Task A_number_that_cannot_exist_is_an_answer_too(string number, string why)
    {
        var answer = (await server.Api.GetAsync($"/v2/PhoneNumbers/{number}")).AssertStatus(200);

        Assert.Equal(Keys, answer.NamesAt(""));
        Assert.False(answer.At("valid").GetBoolean());
        Assert.Equal(why, Assert.Single(answer.At("validation_errors").EnumerateArray()).GetString());
        Assert.Equal((number, null, null), (answer.Text("phone_number"), answer.Text("country_code"), answer.Text("national_format")));
        Assert.EndsWith("/v2/PhoneNumbers/" + number, answer.Text("url"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("+442079460123", "landline")]
    [InlineData("+447700900123", "mobile")]
    [InlineData("+449098790123", "premium")]
    [InlineData("+14155550100", "unknown")]
    public async Task The_type_of_a_line_is_what_the_plan_tells(string number, string type)
    {
        var answer = (await server.Api.GetAsync($"/v2/PhoneNumbers/{number}?Fields=line_type_intelligence,caller_name")).AssertStatus(200);

        Assert.Equal(["error_code", "mobile_country_code", "mobile_network_code", "carrier_name", "type"], answer.NamesAt("line_type_intelligence"));
        Assert.Equal(type, answer.Text("line_type_intelligence.type"));
        Assert.Null(answer.Text("caller_name"));
    }

    [Theory]
    [InlineData("?Fields=nothing", "Fields", "not_a_choice")]
    [InlineData("?CountryCode=XX", "CountryCode", "not_a_country")]
    public async Task What_cannot_be_asked_is_refused(string query, string parameter, string reason) =>
        (await server.Api.GetAsync("/v2/PhoneNumbers/+14155550100" + query)).AssertInvalid(parameter, reason);

    [Fact]
    public async Task A_source_of_ones_own_knows_carriers_and_SIMs_and_is_asked_for_what_was_asked()
    {
        var source = new Source();
        var own = await RunningServer.StartAsync([], services => services.AddSingleton<ILineSource>(source));
        await using var _ = own;

        var plain = (await own.Api.GetAsync("/v2/PhoneNumbers/+447700900123")).AssertStatus(200);
        var full = (await own.Api.GetAsync("/v2/PhoneNumbers/+447700900123?Fields=sim_swap,line_type_intelligence")).AssertStatus(200);

        Assert.Equal([LineQuestions.SimSwap | LineQuestions.LineType], source.Asked);
        Assert.Null(plain.Text("sim_swap"));
        Assert.Equal(("234", "15", "Acme"), (full.Text("sim_swap.mobile_country_code"), full.Text("line_type_intelligence.mobile_network_code"), full.Text("sim_swap.carrier_name")));
        Assert.Equal(("2026-02-01T00:00:00Z", "PT48H"), (full.Text("sim_swap.last_sim_swap.last_sim_swap_date"), full.Text("sim_swap.last_sim_swap.swapped_period")));
        Assert.False(full.At("sim_swap.last_sim_swap.swapped_in_period").GetBoolean());
    }

    [Fact]
    public async Task A_source_is_asked_about_so_many_numbers_of_an_account_in_a_minute_and_the_plan_as_often_as_one_likes()
    {
        var source = new Source();
        var own = await RunningServer.StartAsync(["--Countersign:Lookup:AccountPerMinute", "3"], services => services.AddSingleton<ILineSource>(source));
        await using var _ = own;
        const string Asked = "/v2/PhoneNumbers/+447700900123?Fields=line_type_intelligence";

        for (var i = 0; i < 3; i++)
            (await own.Api.GetAsync(Asked)).AssertStatus(200);
        var refused = await own.Api.GetAsync(Asked);
        (await own.Api.GetAsync("/v2/PhoneNumbers/+447700900123")).AssertStatus(200);
        own.Clock.Advance(TimeSpan.FromMinutes(1));
        (await own.Api.GetAsync(Asked)).AssertStatus(200);

        refused.AssertError(429, 20429, "call_limit");
        Assert.Equal((3, 60), (refused.Number("details.max"), refused.Number("details.interval")));
        Assert.Equal(4, source.Asked.Count);
        for (var i = 0; i < 200; i++)
            (await server.Api.GetAsync(Asked)).AssertStatus(200);
    }

    sealed class Source : ILineSource
    {
        public List<LineQuestions> Asked { get; } = [];

        public ValueTask<LineFacts> FindAsync(PhoneNumber number, LineQuestions asked, CancellationToken ct)
        {
            Asked.Add(asked);
            return new(new LineFacts
            {
                Type = LineType.Mobile,
                MobileCountryCode = "234",
                MobileNetworkCode = "15",
                CarrierName = "Acme",
                SimSwap = new SimSwap(new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), "PT48H", false),
            });
        }
    }
}
