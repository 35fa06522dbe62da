using System.Text.RegularExpressions;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Console;

public sealed partial class EmbeddedPageTests(RunningServer server) : IClassFixture<RunningServer>
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

    [Theory]
    [InlineData("/console")]
    [InlineData("/sandbox")]
    public async Task The_field_for_a_token_is_masked(string path)
    {
        var field = await TokenFieldAsync(path);

        Assert.Contains(" type=\"password\"", field, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/console", "/console/app.js", "/console/api.js", "/console/parts.js")]
    [InlineData("/sandbox", "/sandbox/app.js", "/sandbox/feed.js", "/sandbox/phones.js")]
    public async Task A_token_may_be_pasted_and_filled_in_by_a_password_manager(string path, params string[] scripts)
    {
        var field = await TokenFieldAsync(path);

        Assert.Contains(" autocomplete=\"current-password\"", field, StringComparison.Ordinal);
        Assert.DoesNotContain("readonly", field, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("maxlength", field, StringComparison.OrdinalIgnoreCase);
        foreach (var part in scripts.Prepend(path))
        {
            Assert.DoesNotContain("paste", await TextAsync(part), StringComparison.OrdinalIgnoreCase);
        }
    }

    async Task<string> TokenFieldAsync(string path) => Assert.Single(TokenField().Matches(await TextAsync(path))).Value;

    async Task<string> TextAsync(string path)
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        return await client.GetStringAsync(new Uri(path, UriKind.Relative));
    }

    [GeneratedRegex("<input [^>]*name=\"token\"[^>]*>")]
    private static partial Regex TokenField();
}
