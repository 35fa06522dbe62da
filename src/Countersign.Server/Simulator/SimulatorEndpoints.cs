using System.Text.Json;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Simulation;
using Countersign.Server.Api;
using Countersign.Server.Api.Forms;
using Countersign.Server.Sandbox;

namespace Countersign.Server.Simulator;

/// <summary>What tests and people ask the simulator itself: its messages, as JSON and as a page, and its rules.</summary>
sealed class SimulatorEndpoints(SimulatorOptions options, SimulatedNetwork network, MessageLog log, TimeProvider time)
{
    const int DefaultLimit = 50, MaxLimit = 1000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", ShowAsync);
        routes.MapGet("/messages", AnswerMapping.Answering(Read));
        routes.MapGet("/rules", AnswerMapping.Answering(_ => new ValueTask<IResult>(new RulesAnswer(network.RulesOf(options.Account)))));
        routes.MapPut("/rules", AnswerMapping.Answering(PutRulesAsync));
        routes.MapDelete("/rules", AnswerMapping.Answering(DeleteRules));
    }

    ValueTask<IResult> Read(HttpContext context)
    {
        if (!Form.FromQuery(context.Request).TryGet(out var query, out var error))
        {
            return new ValueTask<IResult>(error);
        }

        var binder = new FormBinder(query);
        var (limit, to) = (binder.Integer("limit", 1, MaxLimit) ?? DefaultLimit, binder.Phone("to", 64));
        return new ValueTask<IResult>(binder.Error is { } wrong ? wrong : new MessagesAnswer(log.Read(to, limit)));
    }

    async ValueTask<IResult> PutRulesAsync(HttpContext context)
    {
        var (rules, error) = await RulesBody.ReadAsync(context.Request, time.GetUtcNow(), context.RequestAborted);
        if (rules is null)
        {
            return error!;
        }

        network.SetRules(options.Account, rules);
        return new RulesAnswer(rules);
    }

    ValueTask<IResult> DeleteRules(HttpContext context)
    {
        network.SetRules(options.Account, []);
        return new ValueTask<IResult>(NoContentAnswer.Instance);
    }

    Task ShowAsync(HttpContext context) => SimulatorPage.WriteAsync(context, log.Read(null, DefaultLimit));

    sealed class MessagesAnswer(IReadOnlyList<SimulatorMessage> messages) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartArray("messages"u8);
            foreach (var message in messages)
            {
                json.WriteStartObject();
                json.WriteString("sid"u8, message.Sid);
                json.WriteString("to"u8, message.To);
                json.WriteString("from"u8, message.From);
                json.WriteString("channel"u8, message.Channel);
                json.WriteString("protocol"u8, message.Protocol);
                json.WriteString("body"u8, message.Body);
                json.WriteString("code"u8, message.Code);
                json.WriteBoolean("arrived"u8, message.Arrived);
                json.WriteString("status"u8, message.Status);
                json.WriteString("error"u8, message.Error is { } error ? ErrorDictionary.Of(error).Name : null);
                json.WriteString("created_at"u8, message.CreatedAt.UtcDateTime);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
