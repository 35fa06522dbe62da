using System.Buffers;
using System.Text;
using System.Text.Json;
using Countersign.Server.Api.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Countersign.Server.Tests.Api.Errors;

public sealed class ApiErrorTests
{
    [Fact]
    public void The_envelope_is_Twilios_to_the_byte()
    {
        var error = new ApiError(429, 60203, "Max send attempts reached");

        Assert.Equal("""{"code":60203,"message":"Max send attempts reached","more_info":"https://verify.example.com/admin/v1/errors/60203","status":429}""", Body(error));
    }

    [Fact]
    public void Details_follow_the_envelope_in_the_order_they_were_added()
    {
        var error = new ApiError(400, 60200, "m")
        {
            Details = ErrorDetails.For("why").With("none", (string?)null).With("count", 3).With("yes", true).With("list", "a", "b"),
        };

        Assert.EndsWith("""
            "status":400,"details":{"reason":"why","none":null,"count":3,"yes":true,"list":["a","b"]}}
            """.Trim(), Body(error));
    }

    [Fact]
    public void Backticks_and_plus_signs_are_written_as_they_are()
    {
        var error = ApiErrors.InvalidParameter("To", "+90533333810", "r", "e");

        Assert.Contains("\"Invalid parameter `To`: +90533333810\"", Body(error));
    }

    [Fact]
    public void Quotes_and_lone_surrogates_still_give_valid_JSON()
    {
        var error = new ApiError(400, 1, "a\"\\\ud800b");

        Assert.Equal("a\"\\\ufffdb", JsonDocument.Parse(Body(error)).RootElement.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData(0, "1")]
    [InlineData(-5, "1")]
    [InlineData(1, "1")]
    [InlineData(1000, "1")]
    [InlineData(1001, "2")]
    [InlineData(59_999, "60")]
    public async Task A_wait_is_said_twice_in_whole_seconds_rounded_up(int milliseconds, string seconds)
    {
        var error = ApiErrors.TooManyRequests(TimeSpan.FromMilliseconds(milliseconds), "cooldown");

        var (response, body) = await Written(error);

        Assert.Equal(seconds, response.Headers.RetryAfter.ToString());
        Assert.EndsWith(",\"retry_after\":" + seconds + "}}", body);
    }

    [Fact]
    public void The_longest_wait_does_not_overflow() =>
        Assert.Equal(int.MaxValue, ApiErrors.TooManyRequests(TimeSpan.MaxValue, "cooldown").RetryAfterSeconds);

    [Fact]
    public async Task A_wait_without_a_reason_still_has_details()
    {
        var (_, body) = await Written(new ApiError(503, 1, "m") { RetryAfter = TimeSpan.FromSeconds(2) });

        Assert.EndsWith("""
            "details":{"retry_after":2}}
            """.Trim(), body);
    }

    [Fact]
    public async Task Status_type_and_length_are_set()
    {
        var (response, body) = await Written(ApiErrors.NotFound("/Services/x"));

        Assert.Equal(404, response.StatusCode);
        Assert.Equal("application/json", response.ContentType);
        Assert.Equal(Encoding.UTF8.GetByteCount(body), response.ContentLength);
    }

    [Fact]
    public async Task A_401_names_its_scheme()
    {
        var (response, _) = await Written(ApiErrors.Authenticate());

        Assert.StartsWith("Basic realm=", response.Headers.WWWAuthenticate.ToString());
    }

    [Fact]
    public void The_text_form_for_logs_does_not_repeat_what_the_caller_sent() =>
        Assert.Equal("400/60200 too_long", ApiErrors.InvalidParameter("To", "+14155550123", "too_long", "e").ToString());

    [Fact]
    public void Adding_a_detail_leaves_the_original_alone()
    {
        var original = ApiErrors.MaxSends();

        var added = original.With("limit", "daily");

        Assert.Null(original.Details!["limit"]);
        Assert.Equal("daily", added.Details!["limit"]);
        Assert.Equal("max_send_attempts", added.Details.Reason);
    }

    [Fact]
    public async Task Over_a_real_connection_the_answer_has_a_length_and_is_not_chunked()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.MapGet("/", () => ApiErrors.MaxChecks(TimeSpan.FromSeconds(9)));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient();

        using var response = await http.GetAsync(app.Urls.First(), TestContext.Current.CancellationToken);

        Assert.Equal(429, (int)response.StatusCode);
        Assert.Equal("9", response.Headers.GetValues("Retry-After").Single());
        Assert.Null(response.Headers.TransferEncodingChunked);
        Assert.StartsWith("{\"code\":60202,", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    static string Body(ApiError error)
    {
        var output = new ArrayBufferWriter<byte>();
        error.WriteBody(output, "https://verify.example.com");
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    static async Task<(HttpResponse Response, string Body)> Written(ApiError error)
    {
        var context = new DefaultHttpContext();
        var stream = new MemoryStream();
        context.Response.Body = stream;
        await error.WriteAsync(context.Response);
        return (context.Response, Encoding.UTF8.GetString(stream.ToArray()));
    }
}
