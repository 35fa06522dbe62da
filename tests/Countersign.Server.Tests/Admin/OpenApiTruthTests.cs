using System.Text.Json;
using Countersign.Server.Tests.Running;
using Countersign.Server.Tests.Security;

namespace Countersign.Server.Tests.Admin;

/// <summary>The description of the admin API against what the server answers: every GET with something of everything, and the members that every body may have.</summary>
public sealed class OpenApiTruthTests
{
    static readonly Dictionary<string, string> Queries = new()
    {
        ["/admin/v1/services/{service}/fraud-guard/score"] = "?to=%2B14155550100",
        ["/admin/v1/services/{service}/risk/score"] = "?to=%2B14155550100",
        ["/admin/v1/route-plan"] = "?to=%2B46701740605&channel=sms",
    };

    [Fact]
    public async Task Every_answer_has_the_members_that_are_described_and_no_others()
    {
        await using var server = await RunningServer.StartAsync([]);
        var things = await OwnedThings.MakeAsync(server);
        await server.Api.GetAsync("/admin/v1/tries/" + things.Parameters["run"].Owned);
        var document = (await server.Api.GetAsync("/openapi/admin.json")).AssertStatus(200).Json;
        var problems = new List<string>();
        var asked = 0;

        foreach (var (path, operation) in Operations(document).Where(one => one.Method == "get" && one.Path != "/admin/v1/errors/{code}").Select(one => (one.Path, one.Operation)))
        {
            var answer = await server.Api.GetAsync(things.Fill(path, owned: true) + Queries.GetValueOrDefault(path));
            if (answer.Status != 200)
            {
                problems.Add($"{path} answers {answer.Status} {answer.Body}");
                continue;
            }

            Compare(document, operation.GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema"), answer.Json, path, problems);
            asked++;
        }

        Assert.Empty(problems);
        Assert.True(asked > 25, $"Only {asked} were asked.");
    }

    [Fact]
    public async Task Every_body_may_have_the_members_that_are_described_and_no_others()
    {
        await using var server = await RunningServer.StartAsync([]);
        var things = await OwnedThings.MakeAsync(server);
        var document = (await server.Api.GetAsync("/openapi/admin.json")).AssertStatus(200).Json;
        var problems = new List<string>();

        foreach (var (method, path, operation) in Operations(document).Where(one => one.Operation.TryGetProperty("requestBody", out _)))
        {
            var refused = await server.Api.SendJsonAsync(new HttpMethod(method.ToUpperInvariant()), things.Fill(path, owned: true), """{"nobody_has_this":1}""");
            const string before = "with members out of: ";
            var told = refused.Status == 400 && refused.Text("details.explanation") is { } text && text.Contains(before, StringComparison.Ordinal)
                ? text[(text.IndexOf(before, StringComparison.Ordinal) + before.Length)..].TrimEnd('.').Split(", ")
                : [$"{refused.Status} {refused.Body}"];
            var schema = Resolve(document, operation.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema"));
            var described = Members(document, schema).Keys;
            if (!told.Order(StringComparer.Ordinal).SequenceEqual(described.Order(StringComparer.Ordinal)))
            {
                problems.Add($"{method} {path}: described {string.Join(' ', described)}; read {string.Join(' ', told)}");
            }
        }

        Assert.Empty(problems);
    }

    static IEnumerable<(string Method, string Path, JsonElement Operation)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from member in path.Value.EnumerateObject()
        where member.Name is "get" or "put" or "post" or "delete"
        select (member.Name, path.Name, member.Value);

    static void Compare(JsonElement document, JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        schema = Resolve(document, schema);
        foreach (var choice in new[] { "oneOf", "anyOf" })
        {
            if (schema.TryGetProperty(choice, out var choices))
            {
                var tries = choices.EnumerateArray().Select(one =>
                {
                    var own = new List<string>();
                    Compare(document, one, value, at, own);
                    return own;
                }).ToList();
                problems.AddRange(tries.MinBy(own => own.Count)!);
                return;
            }
        }

        var kind = value.ValueKind switch
        {
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.Null => "null",
            JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
            _ => "boolean",
        };
        if (schema.TryGetProperty("type", out var type))
        {
            var types = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(one => one.GetString()!).ToList() : [type.GetString()!];
            if (!types.Contains(kind) && !(kind == "integer" && types.Contains("number")))
            {
                problems.Add($"{at} is {kind}, described as {string.Join('|', types)}");
                return;
            }
        }

        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var (i, item) in value.EnumerateArray().Index().Take(20))
            {
                Compare(document, items, item, $"{at}[{i}]", problems);
            }
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            var members = Members(document, schema);
            var isOpen = schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind != JsonValueKind.False;
            foreach (var member in value.EnumerateObject())
            {
                if (members.TryGetValue(member.Name, out var of))
                {
                    Compare(document, of, member.Value, $"{at}.{member.Name}", problems);
                }
                else if (!isOpen)
                {
                    problems.Add($"{at}.{member.Name} is not described");
                }
                else if (more.ValueKind == JsonValueKind.Object)
                {
                    Compare(document, more, member.Value, $"{at}.{member.Name}", problems);
                }
            }

            problems.AddRange(Required(document, schema).Where(name => !value.TryGetProperty(name, out _)).Select(name => $"{at}.{name} is required and not there"));
        }
    }

    static JsonElement Resolve(JsonElement document, JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out var reference))
        {
            schema = document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
        }

        return schema;
    }

    static Dictionary<string, JsonElement> Members(JsonElement document, JsonElement schema)
    {
        var members = new Dictionary<string, JsonElement>();
        foreach (var part in Parts(document, schema))
        {
            if (part.TryGetProperty("properties", out var properties))
            {
                foreach (var property in properties.EnumerateObject())
                {
                    members[property.Name] = property.Value;
                }
            }
        }

        return members;
    }

    static IEnumerable<string> Required(JsonElement document, JsonElement schema) =>
        Parts(document, schema).SelectMany(part => part.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(name => name.GetString()!) : []);

    static IEnumerable<JsonElement> Parts(JsonElement document, JsonElement schema)
    {
        schema = Resolve(document, schema);
        return schema.TryGetProperty("allOf", out var all) ? all.EnumerateArray().SelectMany(part => Parts(document, part)).Append(schema) : [schema];
    }
}
