using System.Net.Http.Headers;
using System.Text;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

/// <summary>Each parameter of each route with each kind of bad value.</summary>
public sealed class BadParameterTests(RunningServer server) : IClassFixture<RunningServer>
{
    static readonly string Megabyte = new('x', 1 << 20), NearlyAllowed = new('x', 60_000), Deep = new('[', 5_000);

    // Already escaped; what follows the = of the parameter.
    static readonly (string Name, string Value)[] BadValues =
    [
        ("empty", ""), ("space", "+"), ("line ends", "%0D%0A"), ("NUL", "%00"), ("NUL behind", "a%00"), ("control", "%07"), ("DEL", "%7F"),
        ("half an escape", "%"), ("short escape", "%4"), ("no escape", "%ZZ"), ("not UTF-8", "%FF%FE"), ("overlong UTF-8", "%C0%80"), ("half a surrogate", "%ED%A0%80"),
        ("emoji", "%F0%9F%98%80"), ("bidi override", "%E2%80%AE"), ("BOM", "%EF%BB%BF"), ("negative", "-1"), ("huge", "99999999999999999999999999"), ("fraction", "1.5"),
        ("not a number", "NaN"), ("hex", "0x10"), ("bool", "true"), ("array", "%5B%5D"), ("object", "%7B%7D"), ("deep", Uri.EscapeDataString(Deep)), ("quote", "%22"),
        ("SQL", "%27%3B+DROP+TABLE+service%3B--"), ("HTML", "%3Cscript%3Ealert(1)%3C/script%3E"), ("format", "%7B0%7D%25s%25n"), ("path", "../../etc/passwd"),
        ("equals signs", "a=b=c"), ("60 kB", NearlyAllowed), ("1 MB", Megabyte),
    ];

    public static TheoryData<int> FormRoutes => [.. Enumerable.Range(0, ApiRoutes.Forms.Length)];

    public static TheoryData<int> QueryRoutes => [.. Enumerable.Range(0, ApiRoutes.Queries.Length)];

    [Theory]
    [MemberData(nameof(FormRoutes))]
    public async Task A_bad_value_of_any_form_parameter_is_answered_in_the_envelope(int index)
    {
        var route = ApiRoutes.Forms[index];
        var sweep = new Sweep();

        foreach (var (parameter, _) in route.Fields)
        {
            foreach (var (kind, value) in BadValues)
            {
                sweep.Take(await PostAsync(route.Path, Replace(route, parameter, value)), $"{route.Path} {parameter} {kind}");
            }
        }

        sweep.AssertClean(BadValues.Length * route.Fields.Length);
        await server.AssertWorksAsync();
    }

    [Theory]
    [MemberData(nameof(FormRoutes))]
    public async Task A_duplicated_form_parameter_is_refused_by_name(int index)
    {
        var route = ApiRoutes.Forms[index];
        var sweep = new Sweep();

        foreach (var (parameter, value) in route.Fields)
        {
            var pair = $"{parameter}={Uri.EscapeDataString(value)}";

            // Alone with what is required, since some parameters exclude others.
            var body = string.Join('&', Required(route).Where(field => field.Name != parameter).Select(Pair).Append(pair).Append(pair));
            var answer = sweep.Take(await PostAsync(route.Path, body), $"{route.Path} {parameter} twice");

            answer.AssertError(400, route.Invalid, "duplicated");
            Assert.Equal(parameter, answer.Text("details.parameter"));
        }

        sweep.AssertClean(route.Fields.Length);
    }

    [Theory]
    [MemberData(nameof(FormRoutes))]
    public async Task A_missing_form_parameter_is_answered_in_the_envelope(int index)
    {
        var route = ApiRoutes.Forms[index];
        var sweep = new Sweep();

        foreach (var (parameter, _) in route.Fields)
        {
            sweep.Take(await PostAsync(route.Path, string.Join('&', route.Fields.Where(field => field.Name != parameter).Select(Pair))), $"{route.Path} no {parameter}");
        }

        sweep.Take(await PostAsync(route.Path, ""), $"{route.Path} nothing");
        sweep.AssertClean(route.Fields.Length + 1);
    }

    [Theory]
    [MemberData(nameof(QueryRoutes))]
    public async Task A_bad_value_of_any_query_parameter_is_answered_in_the_envelope(int index)
    {
        var route = ApiRoutes.Queries[index];
        var sweep = new Sweep();

        foreach (var (parameter, _) in route.Fields)
        {
            // A query is part of the request line, of which Kestrel takes 8 kB.
            foreach (var (kind, value) in BadValues.Where(bad => bad.Value.Length < 6_000))
            {
                sweep.Take(await server.Api.GetAsync($"{route.Path}?{parameter}={value}"), $"{route.Path} {parameter} {kind}");
                sweep.Take(await server.Api.GetAsync($"{route.Path}?{Replace(route, parameter, value)}"), $"{route.Path} {parameter} {kind} among others");
            }
        }

        sweep.AssertClean(2 * 25 * route.Fields.Length);
        await server.AssertWorksAsync();
    }

    public static TheoryData<string> BadBodies =>
    [
        "=", "&", "&&&&", "=value", "To", "%", "%=1", "%ZZ=1", "%00=1", "%FF=1", "{\"To\":\"+14155550100\"}", "[]", "<xml/>", "\0", "\u00ff",
        string.Join('&', Enumerable.Range(0, 101).Select(i => $"p{i}=1")), string.Join('&', Enumerable.Repeat("To=%2B14155550100", 200)), new string('&', 60_000),
    ];

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task A_body_that_is_no_form_is_answered_in_the_envelope(string body)
    {
        var sweep = new Sweep();

        foreach (var route in ApiRoutes.Forms)
        {
            sweep.Take(await PostAsync(route.Path, body), $"{route.Path} {body[..Math.Min(body.Length, 20)]}");
        }

        sweep.AssertClean(ApiRoutes.Forms.Length);
        await server.AssertWorksAsync();
    }

    public static TheoryData<string?, int> ContentTypes => new()
    {
        { "application/json", 415 },
        { "multipart/form-data; boundary=b", 415 },
        { "text/plain", 415 },
        { "application/x-www-form-urlencoded; charset=utf-16", 415 },
        { "application/x-www-form-urlencoded; charset=iso-8859-1", 415 },
        { "application/x-www-form-urlencoded; charset=nonsense", 415 },
        { "application/x-www-form-urlencoded; charset=\"utf-8\"", 400 },
        { "APPLICATION/X-WWW-FORM-URLENCODED", 400 },
        { "nonsense", 415 },
        { ";;;", 415 },
        { null, 415 },
    };

    [Theory]
    [MemberData(nameof(ContentTypes))]
    public async Task Only_a_form_in_UTF_8_is_read(string? contentType, int status)
    {
        var sweep = new Sweep();

        foreach (var route in ApiRoutes.Forms)
        {
            // Wrong in the first parameter of any route, so that nothing is done where the form is read.
            var content = new ByteArrayContent(Encoding.ASCII.GetBytes("FriendlyName=.&To=x&Channel=x&Status=x&Code=x&AuthPayload=x&Ttl=x"));
            if (contentType is not null)
            {
                content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            }

            sweep.Take(await server.Api.SendAsync(HttpMethod.Post, route.Path, content), $"{route.Path} {contentType}").AssertStatus(status);
        }

        sweep.AssertClean(ApiRoutes.Forms.Length);
    }

    [Fact]
    public async Task A_compressed_body_is_refused()
    {
        var content = new ByteArrayContent([0x1f, 0x8b, 0x08, 0x00]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        content.Headers.ContentEncoding.Add("gzip");

        var answer = await server.Api.SendAsync(HttpMethod.Post, "/v2/Services", content);

        answer.AssertError(415, 20415, "unsupported_encoding");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_a_megabyte_is_too_large_however_it_is_framed(bool isChunked)
    {
        foreach (var route in ApiRoutes.Forms)
        {
            var answer = await PostRawAsync(route.Path, isChunked
                ? $"Transfer-Encoding: chunked\r\n\r\n{Megabyte.Length:x}\r\n{Megabyte}\r\n0\r\n\r\n"
                : $"Content-Length: {Megabyte.Length}\r\n\r\n{Megabyte}");

            answer.AssertError(413, 20413, "body_too_large");
            Assert.Equal(65536, answer.Number("details.max_bytes"));
        }

        await server.AssertWorksAsync();
    }

    [Fact]
    public async Task A_chunked_form_is_a_form()
    {
        var request = server.Api.Request(HttpMethod.Post, "/v2/Services");
        request.Content = Form("FriendlyName=Chunked");
        request.Headers.TransferEncodingChunked = true;

        (await ApiClient.SendAsync(request)).AssertStatus(201);
    }

    static string Replace(ApiRoute route, string parameter, string value) =>
        string.Join('&', Required(route).Where(field => field.Name != parameter).Select(Pair).Append($"{parameter}={value}"));

    static IEnumerable<(string Name, string Value)> Required(ApiRoute route) =>
        route.Fields.Where(field => field.Name is "FriendlyName" or "To" or "Channel" or "Code" or "Status" or "Country" or "MessagingServiceSid" or "UniqueName" or "FactorType" or "FactorSid" or "Identity"
            || (field.Name is "Details.Message" && route.Path.EndsWith("/Challenges", StringComparison.Ordinal))
            || (field.Name is "AuthPayload" && route.Path.Contains("/Challenges/", StringComparison.Ordinal))
            || (route.Fields.Contains(("FactorType", "push")) && field.Name is "Binding.Alg" or "Binding.PublicKey" or "Config.AppId" or "Config.NotificationPlatform" or "Config.NotificationToken"));

    static string Pair((string Name, string Value) field) => $"{field.Name}={Uri.EscapeDataString(field.Value)}";

    // Kestrel answers to what is too large and cuts the line, and then HttpClient has an exception instead of the answer.
    async Task<Answer> PostAsync(string path, string body) => body.Length <= 65_536
        ? await server.Api.SendAsync(HttpMethod.Post, path, Form(body))
        : await PostRawAsync(path, $"Content-Length: {body.Length}\r\n\r\n{body}");

    async Task<Answer> PostRawAsync(string path, string framedBody) => (await RawConnection.AskAsync(
        server.Address,
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {server.Api.Authorization}\r\nContent-Type: application/x-www-form-urlencoded\r\n{framedBody}"))!;

    static ByteArrayContent Form(string body)
    {
        var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        return content;
    }
}
