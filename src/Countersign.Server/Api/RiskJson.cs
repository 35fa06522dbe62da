using System.Text.Json;
using Countersign.Core.Guard.Risk;

namespace Countersign.Server.Api;

/// <summary>How a start's risk was judged, as callers read it: <c>{"score":28,"reasons":["new_device","country_mismatch"],"action":"allow"}</c>.</summary>
static class RiskJson
{
    public static void Write(Utf8JsonWriter json, RiskAssessment? risk)
    {
        if (risk is null)
        {
            json.WriteNull("risk"u8);
            return;
        }

        json.WriteStartObject("risk"u8);
        WriteMembers(json, risk);
        json.WriteEndObject();
    }

    public static void WriteMembers(Utf8JsonWriter json, RiskAssessment risk)
    {
        json.WriteNumber("score"u8, risk.Score);
        json.WriteStartArray("reasons"u8);
        foreach (var reason in RiskReasons.NamesOf(risk.Reasons))
        {
            json.WriteStringValue(reason);
        }

        json.WriteEndArray();
        json.WriteString("action"u8, RiskActions.NameOf(risk.Action));
        if (risk.Watched is { } watched)
        {
            json.WriteString("watched"u8, RiskActions.NameOf(watched));
        }
    }
}
