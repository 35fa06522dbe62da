using System.Text.Json;
using Countersign.Core.Delivery.Simulation;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Sandbox;

/// <summary>How the sandbox misbehaves: the caller's rules, in memory only.</summary>
sealed class SandboxRuleEndpoints(SimulatedNetwork network, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sandbox/rules", AnswerMapping.Answering(Fetch));
        routes.MapPut("/sandbox/rules", AnswerMapping.Answering(PutAsync));
        routes.MapDelete("/sandbox/rules", AnswerMapping.Answering(Delete));
    }

    ValueTask<IResult> Fetch(HttpContext context) => new(new RulesAnswer(network.RulesOf(Caller.Of(context).AccountSid)));

    async ValueTask<IResult> PutAsync(HttpContext context)
    {
        var (document, error) = await ReadAsync(context);
        using (document)
        {
            if (document is null)
            {
                return error!;
            }

            if (!SimulationRulesJson.TryRead(document.RootElement, time.GetUtcNow(), out var rules, out var problem))
            {
                return ApiErrors.InvalidParameter(problem.Member, null, "invalid_rule", problem.Explanation);
            }

            network.SetRules(Caller.Of(context).AccountSid, rules);
            return new RulesAnswer(rules);
        }
    }

    ValueTask<IResult> Delete(HttpContext context)
    {
        network.SetRules(Caller.Of(context).AccountSid, []);
        return new ValueTask<IResult>(NoContentAnswer.Instance);
    }

    static async ValueTask<(JsonDocument? Document, ApiError? Error)> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            return (null, ApiErrors.UnsupportedMediaType("not_json", "The rules are application/json."));
        }

        try
        {
            using var body = new MemoryStream();
            var buffer = new byte[8192];
            int read;
            while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
            {
                body.Write(buffer, 0, read);
                if (body.Length > FormReader.MaxBytes)
                {
                    return (null, ApiErrors.BodyTooLarge(FormReader.MaxBytes));
                }
            }

            return (JsonDocument.Parse(body.ToArray(), new JsonDocumentOptions { MaxDepth = 8 }), null);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return (null, ApiErrors.Malformed("The body is not valid JSON."));
        }
    }

    sealed class RulesAnswer(IReadOnlyList<SimulationRule> rules) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json) => SimulationRulesJson.Write(json, rules);
    }
}
