using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Countersign.Server.Tests.Running;
using static Countersign.Server.Tests.Security.TwilioSpecification;

namespace Countersign.Server.Tests.Security;

/// <summary>
/// Every operation of Twilio's specification, asked for by whoever must not have what it names. The paths are the specification's, and what they name is an account's or nobody's: both are
/// answered alike, in status and body, whether it stands in the path, in the query or in the body.
/// </summary>
public sealed partial class SpecificationIsolationTests
{
    const string NotThere = "Twilio's specification does not lie beside the repository.";

    /// <summary>Parameters that name something, and what <see cref="OwnedThings"/> calls it. Those that only one service has are of another service as good as nobody's.</summary>
    static readonly Dictionary<string, (string Thing, bool OfService)> Naming = new()
    {
        ["VerificationSid"] = ("name", true),
        ["FactorSid"] = ("factor", true),
        ["factor_sid"] = ("factor", true),
        ["Identity"] = ("identity", true),
        ["identity"] = ("identity", true),
        ["TemplateSid"] = ("template", false),
        ["DefaultTemplateSid"] = ("template", false),
        ["MessagingServiceSid"] = ("pool", false),
        ["PhoneNumber"] = ("number", false),
        ["VerifyServiceSid"] = ("service", false),
        ["ChannelData.To"] = ("number", false),
        ["To"] = ("number", false),
    };

    /// <summary>What has to be sent so that a request fails for no other reason than what it names.</summary>
    static readonly Dictionary<string, string> Values = new()
    {
        ["FriendlyName"] = "Mine",
        ["To"] = "+14155550100",
        ["Channel"] = "sms",
        ["Code"] = "123456",
        ["Status"] = "approved",
        ["UniqueName"] = "visitor",
        ["Max"] = "5",
        ["Interval"] = "60",
        ["Country"] = "CA",
        ["MessagingServiceSid"] = "MG77777777777777777777777777777777",
        ["PhoneNumber"] = "+14155550101",
        ["Identity"] = "somebody-else-1",
        ["FactorType"] = "totp",
        ["FactorSid"] = "YF00000000000000000000000000000000",
        ["FactorFriendlyName"] = "Phone",
        ["EventTypes"] = "factor.verified",
        ["WebhookUrl"] = "https://hooks.example.com/a",
        ["friendly_name"] = "Mine",
        ["identity"] = "somebody-else-1",
        ["id"] = "AAAA",
        ["rawId"] = "AAAA",
        ["type"] = "public-key",
        ["authenticatorAttachment"] = "platform",
    };

    [Fact(SkipUnless = nameof(CanBeRead), Skip = NotThere)]
    public async Task Without_credentials_and_with_a_revoked_key_every_operation_is_one_answer()
    {
        await using var server = await RunningServer.StartAsync([]);
        var things = await OwnedThings.MakeAsync(server);
        var made = await server.Api.PostJsonAsync("/admin/v1/keys", "{}");
        var revoked = server.Client(made.Text("sid")!, made.Text("secret")!);
        (await revoked.GetAsync(RunningServer.ServicePath)).AssertStatus(200);
        (await server.Api.DeleteAsync("/admin/v1/keys/" + made.Text("sid"))).AssertStatus(204);
        HashSet<string> withNone = [], withRevoked = [];
        var mine = await ListedAsync(things);

        foreach (var (operation, pattern) in Routes(things))
        {
            foreach (var owned in new[] { true, false })
            {
                var request = Request(revoked, operation, things.Fill(pattern, owned), Body(operation));
                request.Headers.Authorization = null;
                withNone.Add((await ApiClient.SendAsync(request)).AssertError(401, 20003, "missing_credentials").Body);
                withRevoked.Add((await ApiClient.SendAsync(Request(revoked, operation, things.Fill(pattern, owned), Body(operation)))).AssertError(401, 20003, "bad_credentials").Body);
            }
        }

        Assert.Single(withNone);
        Assert.Single(withRevoked);
        Assert.Equal(mine, await ListedAsync(things));
    }

    [Fact(SkipUnless = nameof(CanBeRead), Skip = NotThere)]
    public async Task Another_account_is_told_of_what_an_account_has_as_of_what_nobody_has()
    {
        await using var server = await RunningServer.StartAsync([]);
        var things = await OwnedThings.MakeAsync(server);
        var other = await server.NewAccountAsync();
        var mine = await ListedAsync(things);

        foreach (var (operation, pattern) in Routes(things))
        {
            // As the account itself would ask; and with a service of the other account in the path, so that what follows is looked for.
            await AssertAlikeAsync(things, other, operation, _ => Task.FromResult(pattern), _ => true);
            await AssertAlikeAsync(things, other, operation, async _ => pattern.Replace("{service}", await NewServiceAsync(other), StringComparison.Ordinal), _ => true);
        }

        Assert.Equal(mine, await ListedAsync(things));
    }

    [Fact(SkipUnless = nameof(CanBeRead), Skip = NotThere)]
    public async Task Another_service_of_the_account_has_nothing_of_the_first()
    {
        await using var server = await RunningServer.StartAsync([]);
        var things = await OwnedThings.MakeAsync(server);
        var mine = await ListedAsync(things);

        foreach (var (operation, pattern) in Routes(things).Where(route => route.Pattern.StartsWith("/v2/Services/{service}/", StringComparison.Ordinal)))
        {
            await AssertAlikeAsync(
                things, server.Api, operation, async _ => pattern.Replace("{service}", await NewServiceAsync(server.Api), StringComparison.Ordinal), name => Naming[name].OfService);
        }

        Assert.Equal(mine, await ListedAsync(things));
    }

    [Fact(SkipUnless = nameof(CanBeRead), Skip = NotThere)]
    public async Task A_key_whose_policy_has_none_of_it_is_told_what_it_lacks_and_nothing_of_what_there_is()
    {
        await using var server = await RunningServer.StartAsync([]);
        var things = await OwnedThings.MakeAsync(server);
        var made = (await server.Api.PostJsonAsync("/admin/v1/keys", """{"kind":"restricted","policy":{"allow":["/lookup/phone-numbers/read"]}}""")).AssertStatus(201);
        var restricted = server.Client(made.Text("sid")!, server.Secret(made.Text("secret")!));
        var mine = await ListedAsync(things);

        foreach (var (operation, pattern) in Routes(things))
        {
            var answers = new HashSet<string>();
            foreach (var owned in new[] { true, false })
            {
                answers.Add((await ApiClient.SendAsync(Request(restricted, operation, things.Fill(pattern, owned), Body(operation)))).AssertError(403, 20403, "not_permitted").Body);
            }

            Assert.True(answers.Count == 1, $"{operation.Id} tells: {string.Join(", where there is nothing: ", answers)}");
        }

        Assert.Equal(mine, await ListedAsync(things));
    }

    public static bool CanBeRead => IsThere;

    static async Task AssertAlikeAsync(OwnedThings things, ApiClient asker, Operation operation, Func<bool, Task<string>> pattern, Func<string, bool> isNamed)
    {
        string?[] named = [.. (await pattern(true)).Contains('{') ? (string?[])[null] : [], .. operation.Body.Concat(operation.Query).Where(name => Naming.TryGetValue(name, out var naming) && things.Parameters.ContainsKey(naming.Thing) && isNamed(name))];
        foreach (var name in named)
        {
            var (owned, missing) = (await AskAsync(true), await AskAsync(false));

            Assert.True(Neutral(things, owned) == Neutral(things, missing), $"{operation.Id} with {name ?? "the path"} tells: {owned.Status} {owned.Body}, where there is nothing: {missing.Status} {missing.Body}");

            async Task<Answer> AskAsync(bool owned)
            {
                var body = Body(operation);
                if (name is not null)
                {
                    var (its, nobodys) = things.Parameters[Naming[name].Thing];
                    body[name] = owned ? its : nobodys;
                }

                return await ApiClient.SendAsync(Request(asker, operation, things.Fill(await pattern(owned), owned), body));
            }
        }
    }

    /// <summary>The operations that the server has, each with the server's own pattern of its path.</summary>
    static List<(Operation Operation, string Pattern)> Routes(OwnedThings things)
    {
        var routes = things.Routes("/v2").ToList();
        var found = (from operation in Operations()
                     from route in routes
                     where operation.Is(route.Method, route.Pattern)
                     select (operation, route.Pattern)).ToList();
        Assert.All(found, route => Assert.True(!things.Fill(route.Pattern, owned: true).Contains('{'), $"How is what {route.Pattern} names called? Tell {nameof(OwnedThings)}."));
        Assert.Equal(found.Count, found.DistinctBy(route => route.operation.Id).Count());
        Assert.True(found.Count == 57, $"Only {found.Count} operations were found.");
        return found;
    }

    static Dictionary<string, string> Body(Operation operation)
    {
        var names = operation.Id == "CreateVerificationCheck" ? ["Code"] : operation.Required;
        return names.ToDictionary(name => name, name => Values.GetValueOrDefault(name, "x"));
    }

    static HttpRequestMessage Request(ApiClient asker, Operation operation, string path, Dictionary<string, string> values)
    {
        var inQuery = values.Where(value => operation.Query.Contains(value.Key)).Select(value => $"{value.Key}={Uri.EscapeDataString(value.Value)}").ToList();
        var request = asker.Request(operation.Method, inQuery.Count == 0 ? path : $"{path}?{string.Join('&', inQuery)}");
        if (operation.Method == HttpMethod.Post)
        {
            request.Content = operation.IsJson
                ? new StringContent(JsonSerializer.Serialize(values), System.Text.Encoding.UTF8, "application/json") : new FormUrlEncodedContent(values);
        }

        return request;
    }

    /// <summary>An answer without what it repeats of the request and without the SIDs that were made for it.</summary>
    static string Neutral(OwnedThings things, Answer answer)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{answer.Status} {string.Join(' ', answer.Headers.Keys.Order(StringComparer.Ordinal))} {answer.Body}");
        text = MadeText().Replace(text, "\"$1\":…");
        var isMasked = false;
        foreach (var (name, (owned, missing)) in things.Parameters.OrderByDescending(parameter => parameter.Value.Owned.Length))
        {
            // The short ones last: a SID that was made may have the two letters of a country in it.
            if (!isMasked && owned.Length < 6)
            {
                (text, isMasked) = (MadeSid().Replace(text, "<$1>"), true);
            }

            foreach (var known in new[] { owned, missing })
            {
                text = text.Replace(known, $"<{name}>", StringComparison.Ordinal).Replace(Uri.EscapeDataString(known), $"<{name}>", StringComparison.Ordinal);
            }
        }

        return text.Replace("<entry>", "<number>", StringComparison.Ordinal);
    }

    static async Task<string> NewServiceAsync(ApiClient client) => (await client.PostAsync("/v2/Services", ("FriendlyName", "Own"))).AssertStatus(201).Text("sid")!;

    /// <summary>What the account has, as its own lists tell.</summary>
    static async Task<IReadOnlyList<string>> ListedAsync(OwnedThings things)
    {
        var all = new List<string>();
        foreach (var (_, pattern) in Routes(things).Where(route => route.Operation.Method == HttpMethod.Get && route.Pattern.Contains("{service}", StringComparison.Ordinal)))
        {
            all.Add($"{pattern} {(await things.Server.Api.GetAsync(things.Fill(pattern, owned: true))).AssertStatus(200).Body}");
        }

        return all;
    }

    /// <summary>What is drawn for one answer: secrets, tokens, what a browser is asked.</summary>
    [GeneratedRegex("\"(secret|uri|qr_code|token|challenge|id)\":\"[^\"]{16,}\"")]
    private static partial Regex MadeText();

    [GeneratedRegex("([A-Z]{2})[0-9a-f]{32}")]
    private static partial Regex MadeSid();
}
