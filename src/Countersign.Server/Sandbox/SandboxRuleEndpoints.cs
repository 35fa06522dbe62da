using Countersign.Core.Delivery.Simulation;
using Countersign.Server.Api;

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
        var (rules, error) = await RulesBody.ReadAsync(context.Request, time.GetUtcNow(), context.RequestAborted);
        if (rules is null)
        {
            return error!;
        }

        network.SetRules(Caller.Of(context).AccountSid, rules);
        return new RulesAnswer(rules);
    }

    ValueTask<IResult> Delete(HttpContext context)
    {
        network.SetRules(Caller.Of(context).AccountSid, []);
        return new ValueTask<IResult>(NoContentAnswer.Instance);
    }
}
