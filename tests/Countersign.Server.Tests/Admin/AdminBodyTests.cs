using System.Text;
using Countersign.Server.Tests.Api;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Admin;

/// <summary>Bad input to every admin call that reads JSON.</summary>
public sealed class AdminBodyTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Settings = "/admin/v1/services/" + RunningServer.ServiceSid;

    static readonly (HttpMethod Method, string Path, string[] Members)[] Routes =
    [
        (HttpMethod.Post, "/admin/v1/keys", ["friendly_name"]),
        (HttpMethod.Post, Settings, ["code_lifetime_seconds", "web_otp_host"]),
        (HttpMethod.Put, Settings + "/test-numbers/+14155550100", ["code"]),
    ];

    static readonly string[] BadValues =
    [
        "1.5", "-1", "99999999999999999999", "1e400", "true", "[]", "{}", "[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\n\"", "\"a b\"", "\"http://x/\"",
        "\"'; DROP TABLE service;--\"", "\"" + new string('x', 60_000) + "\"",
    ];

    static readonly string[] BadBodies =
        ["", " ", "null", "1", "\"text\"", "[]", "{", "{}{}", "{\"a\":}", "{'a':1}", "// comment\n{}", "\0", "\u00ff\u00fe", "To=x", "{\"unknown\":1}", "{\"Code\":\"1\"}", new string('[', 60_000)];

    [Fact]
    public async Task A_bad_value_of_any_member_is_refused_in_the_envelope()
    {
        var sweep = new Sweep();

        foreach (var (method, path, members) in Routes)
        {
            foreach (var member in members)
            {
                foreach (var value in BadValues)
                {
                    sweep.Take(await SendAsync(method, path, $"{{\"{member}\":{value}}}"), $"{path} {member} {value[..Math.Min(value.Length, 30)]}");
                }
            }
        }

        sweep.AssertClean(4 * BadValues.Length);
    }

    [Fact]
    public async Task A_body_that_is_no_object_of_known_members_is_refused_in_the_envelope()
    {
        var sweep = new Sweep();

        foreach (var (method, path, _) in Routes)
        {
            foreach (var body in BadBodies)
            {
                sweep.Take(await SendAsync(method, path, body), $"{path} {body[..Math.Min(body.Length, 30)]}").AssertStatus(400);
            }
        }

        sweep.AssertClean(Routes.Length * BadBodies.Length);
    }

    [Theory]
    [InlineData("PUT", "/admin/v1/geo-permissions", """{"default":"\ud83d"}""")]
    [InlineData("PUT", "/admin/v1/geo-permissions", """{"countries":{"DE":{"sms":"\ud83d"}}}""")]
    [InlineData("POST", Settings, """{"fallback":[{"channel":"\ud83d"}]}""")]
    [InlineData("POST", Settings, """{"fallback":[{"channel":"email","to":"\ud83d@example.com"}]}""")]
    [InlineData("PUT", "/admin/v1/routes/half", """{"carriers":[{"name":"\ud83d"}]}""")]
    public async Task Half_a_character_anywhere_is_no_JSON_of_ours(string method, string path, string body) =>
        (await SendAsync(new HttpMethod(method), path, body)).AssertError(400, 60200, "malformed_body");

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/plain")]
    [InlineData(null)]
    public async Task Only_JSON_is_read(string? contentType)
    {
        foreach (var (method, path, _) in Routes)
        {
            (await SendAsync(method, path, "{}", contentType)).AssertError(415, 20415, "not_json");
        }
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        // A little too large: what Kestrel has buffered already does not make it cut the line.
        foreach (var (method, path, _) in Routes)
        {
            (await SendAsync(method, path, new string(' ', 66_000))).AssertError(413, 20413, "body_too_large");
        }
    }

    Task<Answer> SendAsync(HttpMethod method, string path, string body, string? contentType = "application/json")
    {
        var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        if (contentType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        return server.Api.SendAsync(method, path, content);
    }
}
