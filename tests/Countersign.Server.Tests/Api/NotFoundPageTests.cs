using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class NotFoundPageTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    [Theory]
    [InlineData("/consol", "./console")]
    [InlineData("/console/x/app.js", "../../console")]
    [InlineData("/consol/", "../console")]
    public async Task Who_mistypes_a_page_is_shown_the_ones_there_are(string path, string console)
    {
        var page = (await AskAsync(path, Browser)).AssertStatus(404);

        Assert.Equal("text/html; charset=utf-8", page.Headers["Content-Type"]);
        Assert.StartsWith("default-src 'none'", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Equal("no-store", page.Headers["Cache-Control"]);
        Assert.Contains($"<a href=\"{console}\">", page.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_typed_is_shown_as_text()
    {
        var page = (await AskAsync("/%3Cscript%3Ealert(1)%3C/script%3E", Browser)).AssertStatus(404);

        Assert.Contains("/&lt;script&gt;alert(1)", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/consol", "*/*")]
    [InlineData("/consol", "application/json, text/html;q=0.5")]
    [InlineData("/v2/nothing", Browser)]
    [InlineData("/admin/v1/nothing", Browser)]
    [InlineData("/callbacks/nothing", Browser)]
    public async Task Programs_and_the_APIs_have_their_error_in_JSON(string path, string accept)
    {
        var answer = await AskAsync(path, accept);

        answer.AssertError(404, 20404, "not_found");
    }

    Task<Answer> AskAsync(string path, string accept)
    {
        var request = server.Api.Request(HttpMethod.Get, path);
        request.Headers.Add("Accept", accept);
        return ApiClient.SendAsync(request);
    }
}
