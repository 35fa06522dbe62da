using System.Text.Encodings.Web;
using System.Text.Json;

namespace Countersign.Server.Api;

/// <summary>
/// An answer that writes its JSON straight into the response's buffer, without an object or a string in between. The members are written by hand, so that
/// their order and their nulls are Twilio's.
/// </summary>
abstract class JsonAnswer(int status) : IResult
{
    // Twilio escapes neither plus signs nor letters; the body is application/json, never inside HTML.
    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    static Utf8JsonWriter? _spare;

    protected abstract void Write(Utf8JsonWriter json);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";

        var json = _spare ?? new Utf8JsonWriter(Stream.Null, Options);
        _spare = null;
        json.Reset(response.BodyWriter);
        Write(json);
        json.Flush();
        response.ContentLength = json.BytesCommitted;
        json.Reset(Stream.Null);
        _spare = json;

        // Not cancelled with the request: a client that closed its sending side still reads.
        return response.BodyWriter.FlushAsync(CancellationToken.None).AsTask();
    }
}

/// <summary>204 with an empty body.</summary>
sealed class NoContentAnswer : IResult
{
    public static NoContentAnswer Instance { get; } = new();

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}

/// <summary>Maps handlers that return their answer.</summary>
static class AnswerMapping
{
    /// <summary>A handler as a route's delegate: parse, run, map; the answer writes itself.</summary>
    public static RequestDelegate Answering(Func<HttpContext, ValueTask<IResult>> handler) => async context =>
    {
        var answer = await handler(context);
        await answer.ExecuteAsync(context);
    };
}
