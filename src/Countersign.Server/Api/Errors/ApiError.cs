using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Countersign.Server.Api.Errors;

/// <summary>
/// A refusal as the API says it: Twilio's envelope <c>{"code","message","more_info","status"}</c>, then <c>details</c>
/// where there is more to say. A handler may return it as its result. The errors themselves are in <see cref="ApiErrors"/>.
/// </summary>
public sealed record ApiError(int Status, int Code, string Message) : IResult
{
    /// <summary>The path under which the codes are explained, to anyone.</summary>
    public const string DictionaryPath = "/admin/v1/errors";

    // The default encoder would turn the backticks and plus signs of Twilio's messages into \u0060 and \u002B. The body is
    // served as application/json, never inside HTML.
    static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The reason and what goes with it, or null.</summary>
    public ErrorDetails? Details { get; init; }

    /// <summary>How long the caller should wait before trying again, or null if waiting does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether <c>Twilio-Reached-Rate-Limit: true</c> is said: a limit of starts is reached.</summary>
    public bool ReachedRateLimit { get; init; }

    /// <summary>Whether a 401 names the scheme. Not where a page asks for itself: a browser answers a challenge with its own dialog, over the page's form.</summary>
    public bool Challenges { get; init; } = true;

    /// <summary><see cref="RetryAfter"/> in whole seconds, rounded up, at least 1, as the header and <c>details.retry_after</c> say it.</summary>
    public int? RetryAfterSeconds =>
        RetryAfter is { } wait ? (int)Math.Clamp(Math.Ceiling(wait.TotalSeconds), 1, int.MaxValue) : null;

    /// <summary>The same error with one more detail; <paramref name="key"/> is snake_case.</summary>
    public ApiError With(string key, string? value) => this with { Details = DetailsOrNew().With(key, value) };

    /// <inheritdoc cref="With(string, string?)"/>
    public ApiError With(string key, string[] values) => this with { Details = DetailsOrNew().With(key, values) };

    /// <inheritdoc cref="With(string, string?)"/>
    public ApiError With(string key, int value) => this with { Details = DetailsOrNew().With(key, value) };

    /// <summary>
    /// Writes status, headers and body, and flushes. The response must not have started.
    /// </summary>
    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        response.ContentType = "application/json";
        if (RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (ReachedRateLimit)
        {
            response.Headers["Twilio-Reached-Rate-Limit"] = "true";
        }

        if (Status == StatusCodes.Status401Unauthorized && Challenges)
        {
            // RFC 9110, 11.6.1: a 401 must name a scheme, and curl and the JDK's client send credentials only once asked.
            response.Headers.WWWAuthenticate = "Basic realm=\"Countersign API\"";
        }

        // Nothing is sent before the flush, so the length can still be announced and the answer is not chunked.
        response.ContentLength = WriteBody(response.BodyWriter, PublicAddress.OfServer(response.HttpContext));
        await response.BodyWriter.FlushAsync(CancellationToken.None);
    }

    /// <summary>Writes the JSON body alone and returns its length in bytes. <paramref name="address"/> is ours as the caller knows it, without a slash at the end.</summary>
    public long WriteBody(IBufferWriter<byte> output, string address)
    {
        using var json = new Utf8JsonWriter(output, Json);
        json.WriteStartObject();
        json.WriteNumber("code"u8, Code);
        json.WriteString("message"u8, Message);
        json.WriteString("more_info"u8, string.Create(CultureInfo.InvariantCulture, $"{address}{DictionaryPath}/{Code}"));
        json.WriteNumber("status"u8, Status);
        if (Details is not null || RetryAfter is not null)
        {
            json.WriteStartObject("details"u8);
            Details?.WriteMembersTo(json);
            if (RetryAfterSeconds is { } seconds)
            {
                json.WriteNumber("retry_after"u8, seconds);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.Flush();
        return json.BytesCommitted;
    }

    Task IResult.ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext.Response);

    /// <summary>Status, code and reason. Not the message: it may repeat what the caller sent, and a log must not.</summary>
    public override string ToString() => $"{Status}/{Code} {Details?.Reason}".TrimEnd();

    ErrorDetails DetailsOrNew() => Details ?? ErrorDetails.For("refused");
}
