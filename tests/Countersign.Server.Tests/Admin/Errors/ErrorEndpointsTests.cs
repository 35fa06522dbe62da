using System.Globalization;
using System.Net;
using Countersign.Core.Delivery.Errors;
using Countersign.Server.Api.Errors;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Admin.Errors;

public sealed class ErrorEndpointsTests(ErrorEndpointsTests.Server fixture) : IClassFixture<ErrorEndpointsTests.Server>
{
    const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

    readonly RunningServer _server = fixture.Running;

    [Fact]
    public async Task An_entry_is_served_to_anyone_as_JSON()
    {
        var answer = (await AskAsync("/admin/v1/errors/30003")).AssertStatus(200);

        Assert.Equal("application/json", answer.Headers["Content-Type"]);
        Assert.Equal(
            ["kind", "name", "code", "other_codes", "status", "title", "explanation", "advice", "for_the_person", "class", "may_help", "severity", "carrier_codes", "reasons", "see_also", "url"],
            answer.NamesAt(""));
        Assert.Equal(("delivery", "unreachable", 30003, "channel_refused", "info"), (answer.Text("kind"), answer.Text("name"), answer.Number("code"), answer.Text("class"), answer.Text("severity")));
        Assert.Equal("""["another_carrier","another_channel","waiting"]""", answer.At("may_help").GetRawText());
        Assert.True(answer.IsNull("status"));
        Assert.EndsWith("/admin/v1/errors/unreachable", answer.Text("url"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unreachable", "unreachable")]
    [InlineData("UNREACHABLE", "unreachable")]
    [InlineData("21610", "blocked_by_recipient")]
    [InlineData("nexus:9", "insufficient_funds")]
    [InlineData("NEXUS%3a9", "insufficient_funds")]
    [InlineData("60203", "max_send_attempts")]
    [InlineData("max_send_attempts", "max_send_attempts")]
    public async Task A_name_a_number_and_a_carriers_code_lead_to_their_entry(string code, string name) =>
        Assert.Equal(name, (await AskAsync("/admin/v1/errors/" + code)).AssertStatus(200).Text("name"));

    [Fact]
    public async Task A_number_of_both_is_first_what_the_API_means_by_it_and_names_the_other()
    {
        var answer = (await AskAsync("/admin/v1/errors/20003")).AssertStatus(200);

        Assert.Equal(("api", "authenticate", 401), (answer.Text("kind"), answer.Text("name"), answer.Number("status")));
        Assert.Equal("""["authentication"]""", answer.At("see_also").GetRawText());
        Assert.Equal("""["20003"]""", (await AskAsync("/admin/v1/errors/authentication")).At("see_also").GetRawText());
    }

    [Fact]
    public async Task An_entry_names_the_codes_of_every_carrier()
    {
        var codes = (await AskAsync("/admin/v1/errors/throttled")).At("carrier_codes");

        Assert.Equal("""["1","8"]""", codes.GetProperty("nexus").GetRawText());
        Assert.Equal("""["E17"]""", codes.GetProperty("orbit").GetRawText());
        Assert.Contains("20429", codes.GetProperty("twilio").EnumerateArray().Select(code => code.GetString()));
    }

    [Theory]
    [InlineData("31337")]
    [InlineData("no_such_error")]
    [InlineData("nexus:77")]
    [InlineData("%3Cscript%3E")]
    [InlineData("..%2Fkeys")]
    public async Task An_unknown_code_is_not_found_and_says_how_to_look_one_up(string code)
    {
        var answer = await AskAsync("/admin/v1/errors/" + code);

        answer.AssertError(404, 20404, "not_found");
        Assert.Contains("twilio:30003", answer.Text("details.explanation"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_has_every_error_of_deliveries_and_of_the_API()
    {
        var answer = (await AskAsync("/admin/v1/errors")).AssertStatus(200);

        var names = answer.At("errors").EnumerateArray().Select(entry => entry.GetProperty("name").GetString()).ToList();
        Assert.Equal(ErrorDictionary.All.Select(entry => entry.Name).Concat(ApiErrorEntries.All.Select(entry => entry.Name)), names);
    }

    [Fact]
    public async Task The_list_can_be_of_one_class()
    {
        var answer = (await AskAsync("/admin/v1/errors?class=fraud_block")).AssertStatus(200);

        Assert.Equal(["fraud_block"], answer.At("errors").EnumerateArray().Select(entry => entry.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task The_list_can_be_of_one_carrier_and_then_has_its_codes_alone()
    {
        var answer = (await AskAsync("/admin/v1/errors?carrier=nexus")).AssertStatus(200);

        Assert.Equal(
            ["""throttled {"nexus":["1","8"]}""", """insufficient_funds {"nexus":["9"]}"""],
            answer.At("errors").EnumerateArray().Select(entry => $"{entry.GetProperty("name").GetString()} {entry.GetProperty("carrier_codes").GetRawText()}"));
    }

    [Theory]
    [InlineData("class=nonsense", "class")]
    [InlineData("carrier=nonsense", "carrier")]
    public async Task An_unknown_filter_is_refused_with_what_there_is(string query, string parameter) =>
        (await AskAsync("/admin/v1/errors?" + query)).AssertInvalid(parameter, "not_a_choice");

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/json", "application/json")]
    [InlineData("text/html, application/json", "application/json")]
    [InlineData("text/html;q=0.5, application/json;q=0.9", "application/json")]
    [InlineData("text/html;q=0, */*", "application/json")]
    [InlineData("not a media type", "application/json")]
    [InlineData(Browser, "text/html; charset=utf-8")]
    [InlineData("text/*", "text/html; charset=utf-8")]
    [InlineData("application/json;q=0.2, text/html;q=0.3", "text/html; charset=utf-8")]
    public async Task Who_would_rather_have_a_page_gets_one(string? accept, string type)
    {
        foreach (var path in new[] { "/admin/v1/errors", "/admin/v1/errors/30003" })
        {
            var answer = (await AskAsync(path, accept)).AssertStatus(200);

            Assert.Equal(type, answer.Headers["Content-Type"]);
            Assert.Equal("Accept", answer.Headers["Vary"]);
        }
    }

    [Fact]
    public async Task The_page_says_what_happened_and_what_to_do_and_runs_nothing()
    {
        var page = (await AskAsync("/admin/v1/errors/nexus:9", Browser)).AssertStatus(200);

        var entry = ErrorDictionary.Of(DeliveryError.InsufficientFunds);
        Assert.Contains(entry.Explanation, WebUtility.HtmlDecode(page.Body), StringComparison.Ordinal);
        Assert.Contains(entry.Advice, WebUtility.HtmlDecode(page.Body), StringComparison.Ordinal);
        Assert.Contains("nexus:9 means insufficient_funds", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page.Body, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_asked_for_is_text_on_the_page_whatever_is_in_it()
    {
        var page = (await AskAsync("/admin/v1/errors/%3Cscript%3Ealert(1)%3C%2Fscript%3E", Browser)).AssertStatus(404);

        Assert.Contains("&lt;script&gt;", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page.Body, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Every_page_can_be_made()
    {
        foreach (var name in ErrorDictionary.All.Select(entry => entry.Name).Concat(ApiErrorEntries.All.Select(entry => entry.Name)))
        {
            (await AskAsync("/admin/v1/errors/" + name, Browser)).AssertStatus(200);
        }
    }

    [Fact]
    public async Task More_info_of_an_error_leads_to_its_entry()
    {
        var refused = (await _server.Api.GetAsync("/v2/nothing")).AssertError(404, 20404, "not_found");

        var explained = (await AskAsync(new Uri(refused.Text("more_info")!).PathAndQuery)).AssertStatus(200);

        Assert.Equal(_server.Address.GetLeftPart(UriPartial.Authority), new Uri(refused.Text("more_info")!).GetLeftPart(UriPartial.Authority));
        Assert.Equal(20404, explained.Number("code"));
    }

    [Fact]
    public async Task More_info_names_the_address_that_the_outside_world_knows()
    {
        await using var published = await RunningServer.StartAsync(["--Countersign:PublicUrl", "https://verify.example.com/base/"]);

        var refused = await published.Api.GetAsync("/v2/nothing");

        Assert.Equal("https://verify.example.com/base/admin/v1/errors/20404", refused.Text("more_info"));
    }

    [Theory]
    [InlineData("GET", "/admin/v1/errors")]
    [InlineData("GET", "/admin/v1/errors?class=try_again")]
    [InlineData("GET", "/admin/v1/errors/30003")]
    [InlineData("HEAD", "/admin/v1/errors")]
    [InlineData("HEAD", "/admin/v1/errors/30003")]
    [InlineData("GET", "/ADMIN/v1/Errors/30003")]
    public async Task Reading_the_dictionary_needs_no_credentials_and_may_be_linked_to_from_anywhere(string method, string path)
    {
        var request = Anonymous(method, path, null);
        request.Headers.Add("Sec-Fetch-Site", "cross-site");

        (await ApiClient.SendAsync(request)).AssertStatus(200);
    }

    [Theory]
    [InlineData("POST", "/admin/v1/errors")]
    [InlineData("PUT", "/admin/v1/errors/30003")]
    [InlineData("DELETE", "/admin/v1/errors/30003")]
    [InlineData("OPTIONS", "/admin/v1/errors")]
    [InlineData("GET", "/admin/v1/errors/30003/")]
    [InlineData("GET", "/admin/v1/errors/30003/more")]
    [InlineData("GET", "/admin/v1/errors//30003")]
    [InlineData("GET", "/admin/v1/errorsx")]
    [InlineData("GET", "/admin/v1/error")]
    [InlineData("GET", "/admin/v1/errors/../keys")]
    [InlineData("GET", "/admin/v1/errors/%2e%2e/keys")]
    [InlineData("GET", "/admin/v1")]
    [InlineData("GET", "/admin/v1/keys")]
    [InlineData("GET", "/admin/v1/services/errors")]
    [InlineData("GET", "/v2/errors")]
    public async Task Nothing_else_became_open(string method, string path)
    {
        var answer = await RawConnection.AskAsync(
            _server.Address, $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

        answer!.AssertError(401, 20003, "missing_credentials");
    }

    [Theory]
    [InlineData("/admin/v1/errors/", "../errors")]
    [InlineData("/admin/v1/errors/?class=try_again", "../errors?class=try_again")]
    public async Task A_slash_too_many_leads_to_the_list(string path, string list)
    {
        var answer = await AskAsync(path, Browser);

        Assert.Equal(list, answer.AssertStatus(308).Headers["Location"]);
    }

    [Fact]
    public void The_documentation_has_every_name_and_code()
    {
        var documented = Repository.Read("docs/errors.md");

        Assert.All(ErrorDictionary.All, entry => Assert.Matches(
            $@"(?m)^\| `{entry.Name}` \| {string.Join(", ", entry.OtherTwilioCodes.Prepend(entry.TwilioCode))} \| `{entry.Class.ToString() switch
            {
                "FraudBlock" => "fraud_block",
                "NumberRefused" => "number_refused",
                "ChannelRefused" => "channel_refused",
                "TryAgain" => "try_again",
                _ => "carrier_down",
            }}` \|", documented));
        Assert.All(ApiErrorEntries.All, entry =>
        {
            Assert.Contains($"| {entry.Code.ToString(CultureInfo.InvariantCulture)} | {entry.Status.ToString(CultureInfo.InvariantCulture)} |", documented, StringComparison.Ordinal);
            Assert.All(entry.Reasons, reason => Assert.Contains($"`{reason.Reason}`", documented, StringComparison.Ordinal));
        });
    }

    Task<Answer> AskAsync(string path, string? accept = null) => ApiClient.SendAsync(Anonymous("GET", path, accept));

    HttpRequestMessage Anonymous(string method, string path, string? accept)
    {
        var request = _server.Api.Request(new HttpMethod(method), path);
        request.Headers.Authorization = null;
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return request;
    }

    /// <summary>A server with two carriers whose codes are known.</summary>
    public sealed class Server : IAsyncLifetime
    {
        public RunningServer Running { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Running = await RunningServer.StartAsync([], services =>
        {
            services.AddSingleton<ICarrierCodes>(new Codes("orbit", new() { ["E17"] = DeliveryError.Throttled }));
            services.AddSingleton<ICarrierCodes>(new Codes("nexus", new()
            {
                ["1"] = DeliveryError.Throttled,
                ["8"] = DeliveryError.Throttled,
                ["9"] = DeliveryError.InsufficientFunds,
            }));
        });

        public ValueTask DisposeAsync() => Running.DisposeAsync();
    }

    sealed class Codes(string kind, Dictionary<string, DeliveryError> codes) : ICarrierCodes
    {
        public string Kind => kind;

        IReadOnlyDictionary<string, DeliveryError> ICarrierCodes.Codes => codes;
    }
}
