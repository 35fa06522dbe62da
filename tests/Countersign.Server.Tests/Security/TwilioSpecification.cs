using System.Text.Json;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Security;

/// <summary>Twilio's published specification, which is not ours to distribute: it is read where it lies beside the repository.</summary>
static class TwilioSpecification
{
    static readonly string Folder =
        Environment.GetEnvironmentVariable("COUNTERSIGN_TWILIO_SPEC") ?? System.IO.Path.Combine(Repository.Root, "..", "shared", "twilio");

    static string File => System.IO.Path.Combine(Folder, "verify_v2.json");

    public static bool IsThere => System.IO.File.Exists(File);

    /// <summary>Every operation of it.</summary>
    public static IReadOnlyList<Operation> Operations()
    {
        var root = JsonDocument.Parse(System.IO.File.ReadAllText(File)).RootElement;
        return
        [
            .. from path in root.GetProperty("paths").EnumerateObject()
               from method in path.Value.EnumerateObject()
               where method.Name is "get" or "post" or "delete"
               select Read(root, path.Name, method),
        ];
    }

    static Operation Read(JsonElement root, string path, JsonProperty method)
    {
        var query = method.Value.TryGetProperty("parameters", out var parameters)
            ? parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == "query").Select(parameter => parameter.GetProperty("name").GetString()!) : [];
        var (body, required, isJson) = ((string[])[], (string[])[], false);
        if (method.Value.TryGetProperty("requestBody", out var request))
        {
            var content = request.GetProperty("content").EnumerateObject().First();
            var schema = content.Value.GetProperty("schema");
            if (schema.TryGetProperty("$ref", out var reference))
            {
                schema = root.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
            }

            isJson = content.Name == "application/json";
            body = schema.TryGetProperty("properties", out var properties) ? [.. properties.EnumerateObject().Select(property => property.Name)] : [];
            required = schema.TryGetProperty("required", out var names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];
        }

        return new Operation(method.Value.GetProperty("operationId").GetString()!, new HttpMethod(method.Name.ToUpperInvariant()), path, [.. query], body, required, isJson);
    }

    /// <summary>One of them: the parameters of its query and of its body, and those that must be sent.</summary>
    public sealed record Operation(string Id, HttpMethod Method, string Path, string[] Query, string[] Body, string[] Required, bool IsJson)
    {
        /// <summary>Whether a route of the server is this one, whatever it calls what varies.</summary>
        public bool Is(HttpMethod method, string pattern)
        {
            // The one form that there is stands in our route by its name.
            var (ours, theirs) = (pattern.Split('/'), Path.Replace("{FormType}", "form-push", StringComparison.Ordinal).Split('/'));
            return method == Method && ours.Length == theirs.Length && ours.Zip(theirs).All(pair => pair.First.StartsWith('{') ? pair.Second.StartsWith('{') : pair.First == pair.Second);
        }
    }
}
