using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Console;

public sealed class EmbeddedPageTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData("/console", "text/html; charset=utf-8")]
    [InlineData("/console/app.css", "text/css; charset=utf-8")]
    [InlineData("/console/app.js", "text/javascript; charset=utf-8")]
    [InlineData("/sandbox", "text/html; charset=utf-8")]
    [InlineData("/sandbox/phones.js", "text/javascript; charset=utf-8")]
    public async Task A_page_is_served_with_a_policy_that_lets_nothing_foreign_in(string path, string type)
    {
        using var client = new HttpClient { BaseAddress = server.Address };

        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.ToString());
        Assert.StartsWith("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_is_known_is_not_sent_again()
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        using var first = await client.GetAsync(new Uri("/console", UriKind.Relative));
        client.DefaultRequestHeaders.IfNoneMatch.Add(first.Headers.ETag!);

        using var second = await client.GetAsync(new Uri("/console", UriKind.Relative));

        Assert.Equal(304, (int)second.StatusCode);
    }
}
