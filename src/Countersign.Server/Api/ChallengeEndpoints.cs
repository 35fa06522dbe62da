using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Guard.Challenges;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>
/// Where a browser hands in a solved challenge: <c>/challenges/{VA}/solutions</c>. For applications whose SDK cannot send the parameter <c>Challenge</c>. Without credentials and
/// from any origin, since the solution is its own proof, and all that it buys is that one start, of whoever has credentials, is not asked to work again.
/// </summary>
sealed class ChallengeEndpoints(HandInSolution handIn, TimeProvider time)
{
    const string Path = "/challenges/{service}/solutions";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, AnswerMapping.Answering(HandInAsync));
        routes.MapMethods(Path, [HttpMethods.Options], AnswerMapping.Answering(Preflight));
    }

    async ValueTask<IResult> HandInAsync(HttpContext context)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.CacheControl = "no-store";
        if (!Sid.TryParse((string)context.Request.RouteValues["service"]!, "VA", out var service))
        {
            return ApiErrors.NotFound("/challenges");
        }

        var (payload, error) = context.Request.HasJsonContentType() ? await ReadJsonAsync(context.Request, context.RequestAborted) : await ReadFormAsync(context.Request, context.RequestAborted);
        if (payload is null)
        {
            return error ?? ApiErrors.MissingParameter("payload");
        }

        var taken = await handIn.RunAsync(service, payload, context.RequestAborted);
        return taken.Problem is { } problem
            ? ApiErrors.InvalidParameter("payload", null, $"challenge_{ChallengeProblems.Name(problem)}", "Start again without a solution: the answer has a fresh challenge.")
            : new HandedInAnswer(payload, Math.Max(1, (int)(taken.ExpiresAt - time.GetUtcNow()).TotalSeconds));
    }

    static ValueTask<IResult> Preflight(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlAllowMethods = "POST";
        headers.AccessControlAllowHeaders = "Content-Type";
        headers.AccessControlMaxAge = "86400";
        return ValueTask.FromResult<IResult>(NoContentAnswer.Instance);
    }

    /// <summary>The field of ALTCHA's widget in a form, or the same name as in JSON.</summary>
    static async ValueTask<(string? Payload, ApiError? Error)> ReadFormAsync(HttpRequest request, CancellationToken ct)
    {
        var read = await FormReader.ReadAsync(request, ct);
        return read.TryGet(out var form, out var error) ? (form["altcha"] ?? form["payload"], null) : (null, error);
    }

    static async ValueTask<(string? Payload, ApiError? Error)> ReadJsonAsync(HttpRequest request, CancellationToken ct)
    {
        if (await WholeBody.ReadAsync(request, FormReader.MaxBytes, ct) is not { } body)
        {
            return (null, ApiErrors.BodyTooLarge(FormReader.MaxBytes));
        }

        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("payload", out var payload) && payload.ValueKind == JsonValueKind.String
                ? (payload.GetString(), null)
                : (null, null);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return (null, ApiErrors.Malformed("The body is not JSON in UTF-8, or says a thing twice."));
        }
    }

    /// <summary>What the widget expects of its <c>verifyurl</c>, and until when the start may come. Without a payload the widget would not say that it is done.</summary>
    sealed class HandedInAnswer(string payload, int expiresIn) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteBoolean("verified"u8, true);
            json.WriteNumber("expires_in"u8, expiresIn);
            json.WriteString("payload"u8, payload);
            json.WriteEndObject();
        }
    }
}
