using System.Text.Json;
using Countersign.Core.Routing;
using Countersign.Server.Api;
using Route = Countersign.Core.Routing.Route;

namespace Countersign.Server.Admin;

/// <summary>One route.</summary>
sealed class RouteAnswer(int status, Route route) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => RouteJson.Write(json, route);
}

/// <summary>What a message would be offered to, best first.</summary>
sealed class RoutePlanAnswer(RoutePlan plan) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("route"u8, plan.RouteName);
        json.WriteStartArray("choices"u8);
        foreach (var choice in plan.Choices)
        {
            json.WriteStartObject();
            json.WriteString("carrier"u8, choice.Carrier);
            json.WriteString("why_this_carrier"u8, choice.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>How a route is written.</summary>
static class RouteJson
{
    public static void Write(Utf8JsonWriter json, Route route)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, route.Name);
        json.WriteString("channel"u8, Wire.Channel(route.Channel));
        json.WriteString("service_sid"u8, route.ServiceSid?.ToString());
        json.WriteString("country"u8, route.Country);
        json.WriteString("prefix"u8, route.Prefix);
        json.WriteString("strategy"u8, route.Strategy.ToString().ToLowerInvariant());
        json.WriteStartArray("carriers"u8);
        foreach (var carrier in route.Carriers)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, carrier.Name);
            json.WriteNumber("weight"u8, carrier.Weight);
            if (carrier.Cost is { } cost)
            {
                json.WriteNumber("cost"u8, cost);
            }
            else
            {
                json.WriteNull("cost"u8);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("send_timeout_ms"u8, (int)route.SendTimeout.TotalMilliseconds);
        json.WriteNumber("resend_elsewhere_after_seconds"u8, (int)route.ResendElsewhereAfter.TotalSeconds);
        json.WriteNumber("exploration"u8, route.Exploration);
        json.WriteString("date_created"u8, VerificationJson.Date(route.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(route.UpdatedAt));
        json.WriteEndObject();
    }
}
