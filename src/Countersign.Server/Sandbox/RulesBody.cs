using System.Text.Json;
using Countersign.Core.Delivery.Simulation;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Sandbox;

/// <summary>Rules of the simulated network as a request's body.</summary>
static class RulesBody
{
    /// <summary>Reads them; an error where they are not right, which names the member.</summary>
    public static async ValueTask<(IReadOnlyList<SimulationRule>? Rules, ApiError? Error)> ReadAsync(HttpRequest request, DateTimeOffset now, CancellationToken ct)
    {
        if (!request.HasJsonContentType())
        {
            return (null, ApiErrors.UnsupportedMediaType("not_json", "The rules are application/json."));
        }

        using var body = new MemoryStream();
        var buffer = new byte[8192];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, ct)) > 0)
        {
            body.Write(buffer, 0, read);
            if (body.Length > FormReader.MaxBytes)
            {
                return (null, ApiErrors.BodyTooLarge(FormReader.MaxBytes));
            }
        }

        try
        {
            using var document = JsonDocument.Parse(body.ToArray(), new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return SimulationRulesJson.TryRead(document.RootElement, now, out var rules, out var problem)
                ? (rules, null)
                : (null, ApiErrors.InvalidParameter(problem.Member, null, "invalid_rule", problem.Explanation));
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return (null, ApiErrors.Malformed("The body is not valid JSON, says a thing twice, or holds an escape that stands for half a character."));
        }
    }
}

/// <summary>Rules as an answer.</summary>
sealed class RulesAnswer(IReadOnlyList<SimulationRule> rules) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json) => SimulationRulesJson.Write(json, rules);
}
