using System.Text.Json;
using System.Text.RegularExpressions;
using Countersign.Server.Tests.Running;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Admin;

/// <summary>The description of the admin API, against the routes that there are and against itself.</summary>
public sealed partial class OpenApiDocumentTests(RunningServer server) : IClassFixture<RunningServer>
{
    static readonly string[] Methods = ["get", "put", "post", "delete"];

    [Fact]
    public async Task Every_route_of_the_admin_api_is_described_and_nothing_else_is()
    {
        var described = from path in (await DocumentAsync()).GetProperty("paths").EnumerateObject()
                        from member in path.Value.EnumerateObject()
                        where Methods.Contains(member.Name)
                        select $"{member.Name} {path.Name}";

        Assert.Equal(Mapped().Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_reference_of_the_document_leads_somewhere_and_every_schema_is_used()
    {
        var document = await DocumentAsync();
        var schemas = document.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(schema => schema.Name);

        var references = Reference().Matches(document.GetRawText()).Select(match => match.Groups[1].Value).Distinct();

        Assert.Equal(schemas.Order(StringComparer.Ordinal), references.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_operation_has_a_name_of_its_own_and_declares_the_parameters_of_its_path()
    {
        var names = new HashSet<string>();
        foreach (var path in (await DocumentAsync()).GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject().Where(member => Methods.Contains(member.Name)))
            {
                Assert.True(names.Add(operation.Value.GetProperty("operationId").GetString()!), $"{operation.Name} {path.Name}");
                Assert.Equal(
                    PathParameter().Matches(path.Name).Select(match => match.Groups[1].Value),
                    ParametersOf(path.Value).Concat(ParametersOf(operation.Value)).Where(parameter => parameter.In == "path").Select(parameter => parameter.Name));
            }
        }
    }

    [Theory]
    [InlineData("/admin/v1/carriers/{carrier}", "put", "/admin/v1/carriers/described")]
    [InlineData("/admin/v1/routes/{route}", "put", "/admin/v1/routes/described")]
    public async Task A_body_with_every_described_member_is_understood_and_answered_with_every_described_member(string path, string method, string at)
    {
        var document = await DocumentAsync();
        await server.Api.SendJsonAsync(HttpMethod.Put, "/admin/v1/carriers/described", """{"kind":"infobip","settings":{"api_key":"not-a-real-key"}}""");
        var operation = document.GetProperty("paths").GetProperty(path).GetProperty(method);
        var members = SchemaOf(document, operation.GetProperty("requestBody")).GetProperty("properties").EnumerateObject().Select(member => member.Name);

        // A wrong value of a known member is refused by the member's name, an unknown member as such.
        foreach (var member in members)
        {
            var refused = await server.Api.SendJsonAsync(HttpMethod.Put, at, $$$"""{"{{{member}}}":{"wrong":[]}}""");
            Assert.NotEqual("unknown_member", refused.AssertStatus(400).Text("details.reason"));
        }

        var sample = path.Contains("carriers", StringComparison.Ordinal) ? """{"enabled":true}""" : """{"channel":"sms","carriers":[{"name":"described"}]}""";
        var answer = await server.Api.SendJsonAsync(HttpMethod.Put, at, sample);
        var described = SchemaOf(document, operation.GetProperty("responses").GetProperty("200")).GetProperty("properties").EnumerateObject().Select(member => member.Name);
        Assert.Equal(described, answer.NamesAt(""));
    }

    async Task<JsonElement> DocumentAsync() => (await server.Api.GetAsync("/openapi/admin.json")).AssertStatus(200).Json;

    IEnumerable<string> Mapped() =>
        from endpoint in server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let path = endpoint.RoutePattern.RawText!
        where path.StartsWith("/admin/v1/", StringComparison.Ordinal)
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
        where method != "HEAD"
        select $"{method.ToLowerInvariant()} {path}";

    static JsonElement SchemaOf(JsonElement document, JsonElement content)
    {
        var name = content.GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString()!.Split('/')[^1];
        return document.GetProperty("components").GetProperty("schemas").GetProperty(name);
    }

    static IEnumerable<(string Name, string In)> ParametersOf(JsonElement element) =>
        element.TryGetProperty("parameters", out var list)
            ? list.EnumerateArray().Select(parameter => (parameter.GetProperty("name").GetString()!, parameter.GetProperty("in").GetString()!))
            : [];

    [GeneratedRegex("\"\\$ref\"\\s*:\\s*\"#/components/schemas/(\\w+)\"")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex PathParameter();
}
