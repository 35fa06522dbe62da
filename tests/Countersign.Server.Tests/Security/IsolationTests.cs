using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Security;

/// <summary>
/// What an account has cannot be told from what nobody has by whoever has another account's credentials. The routes are those of the running server: a new one is asked as soon as
/// there is one, and fails the test until it is known how its things are named.
/// </summary>
public sealed class IsolationTests
{
    /// <summary>Tells of the numbering plan alone, the same to everybody.</summary>
    const string Lookup = "/v2/PhoneNumbers/{number}";

    [Fact]
    public async Task What_another_account_has_answers_as_what_nobody_has()
    {
        await using var server = await RunningServer.StartAsync([]);
        var things = await OwnedThings.MakeAsync(server);
        var mine = await SnapshotAsync(things);
        var other = await server.NewAccountAsync();
        var asked = 0;

        foreach (var (method, pattern) in things.Routes("/v2", "/admin/v1").Where(route => route.Pattern.Contains('{') && route.Pattern != Lookup))
        {
            if (pattern.StartsWith("/admin/v1/errors", StringComparison.Ordinal))
            {
                continue;
            }

            var foreign = await AskAsync(other, method, things.Fill(pattern, owned: true));
            var none = await AskAsync(other, method, things.Fill(pattern, owned: false));

            asked++;
            Assert.True(!things.Fill(pattern, owned: true).Contains('{'), $"How is what {pattern} names called? Tell {nameof(OwnedThings)}.");
            Assert.True(Neutral(things, none) == Neutral(things, foreign), $"{method} {pattern} tells: {foreign.Status} {foreign.Body}, where there is nothing: {none.Status} {none.Body}");
            Assert.True(!pattern.Contains("{service}", StringComparison.Ordinal) || foreign.Status == 404, $"{method} {pattern} answers {foreign.Status}: {foreign.Body}");
        }

        Assert.True(asked > 50, $"Only {asked} routes were asked.");
        Assert.Equal(mine, await SnapshotAsync(things));
    }

    [Fact]
    public async Task Nothing_of_another_account_is_listed()
    {
        await using var server = await RunningServer.StartAsync([]);
        var things = await OwnedThings.MakeAsync(server);
        var other = await server.NewAccountAsync();

        foreach (var (_, pattern) in things.Routes("/v2", "/admin/v1", "/sandbox/messages", "/sandbox/rules").Where(route => route.Method == HttpMethod.Get && !route.Pattern.Contains('{')))
        {
            var answer = await other.GetAsync(pattern);
            Assert.All(things.Names, name => Assert.DoesNotContain(name, answer.Body, StringComparison.Ordinal));
        }
    }

    static async Task<IReadOnlyList<string>> SnapshotAsync(OwnedThings things)
    {
        var all = new List<string>();
        foreach (var (_, pattern) in things.Routes("/v2/Services", "/v2/SafeList", "/admin/v1").Where(route => route.Method == HttpMethod.Get && route.Pattern.Contains('{')))
        {
            // Attempts and runs go on by themselves.
            if (!pattern.Contains("errors", StringComparison.Ordinal) && !pattern.Contains("attempt", StringComparison.Ordinal) && !pattern.Contains("{run}", StringComparison.Ordinal))
            {
                var answer = await things.Server.Api.GetAsync(things.Fill(pattern, owned: true));
                Assert.True(answer.Status == 200 || pattern.EndsWith("/score", StringComparison.Ordinal), $"{pattern} is not there: {answer.Body}");
                all.Add($"{pattern} {answer.Body}");
            }
        }

        return all;
    }

    static Task<Answer> AskAsync(ApiClient client, HttpMethod method, string path)
    {
        if (path.StartsWith("/admin", StringComparison.Ordinal))
        {
            return method == HttpMethod.Get || method == HttpMethod.Delete ? client.SendAsync(method, path) : client.SendJsonAsync(method, path, "{}");
        }

        return method == HttpMethod.Post
            ? client.PostAsync(path, ("To", "+14155550100"), ("Channel", "sms"), ("Code", "123456"), ("Status", "approved"), ("FriendlyName", "Mine"), ("Max", "1"))
            : client.SendAsync(method, path);
    }

    /// <summary>An answer without what it repeats of the request.</summary>
    static string Neutral(OwnedThings things, Answer answer)
    {
        var text = $"{answer.Status} {string.Join(' ', answer.Headers.Keys.Order(StringComparer.Ordinal))} {answer.Body}";

        // The long ones first: a SID may have the two letters of a language in it.
        foreach (var (name, (owned, missing)) in things.Parameters.OrderByDescending(parameter => parameter.Value.Owned.Length))
        {
            text = text.Replace(owned, $"<{name}>", StringComparison.Ordinal).Replace(missing, $"<{name}>", StringComparison.Ordinal);
        }

        return text;
    }
}
