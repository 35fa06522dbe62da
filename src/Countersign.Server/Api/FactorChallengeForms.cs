using System.Text.Json;
using Countersign.Core.Codes;
using Countersign.Core.Factors;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>Reads what challenges of factors are made of.</summary>
static class FactorChallengeForms
{
    static readonly JsonDocumentOptions Options = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    static readonly (string Name, ChallengeFilterStatus Value)[] Statuses =
    [
        ("pending", ChallengeFilterStatus.Pending), ("expired", ChallengeFilterStatus.Expired), ("approved", ChallengeFilterStatus.Approved), ("denied", ChallengeFilterStatus.Denied),
    ];

    static readonly (string Name, bool Value)[] Orders = [("asc", true), ("desc", false)];

    public static CreateChallengeCommand Create(FormBinder binder, EntityPath path)
    {
        var factor = binder.Sid("FactorSid", "YF");
        if (factor is null)
        {
            binder.Fail(ApiErrors.MissingParameter("FactorSid"));
        }

        DateTimeOffset? end = null;
        if (binder.Text("ExpirationDate", 1, 64) is { } text && !IsoTime.TryRead(text, out end))
        {
            binder.Invalid("ExpirationDate", text, "not_a_moment", "Must be a moment as ISO 8601 writes it, such as 2026-03-01T12:00:00Z.");
        }

        var message = binder.Text("Details.Message", 1, ChallengeLimits.MaxMessage);
        var fields = Fields(binder);
        if (fields.Count > 0 && message is null)
        {
            binder.Fail(ApiErrors.MissingParameter("Details.Message"));
        }

        return new CreateChallengeCommand
        {
            Key = path.Key,
            FactorSid = factor ?? default,
            ExpiresAt = end is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds()) : null,
            Message = message,
            Fields = fields,
            HiddenDetails = FactorForms.TextMap(binder, "HiddenDetails", ChallengeLimits.MaxHiddenDetails),
            Code = binder.Text("AuthPayload", ChallengeLimits.MinCode, TypedCode.MaxTyped),
            IncludesDate = path.Service.Push.IncludeDate,
        };
    }

    /// <summary>Which challenges a list is of, and in which order; oldest first unless it is said.</summary>
    public static ChallengeFilter Filter(FormBinder binder, DateTimeOffset now) =>
        new(binder.Sid("FactorSid", "YF"), binder.Choice("Status", Statuses), binder.Choice("Order", Orders) ?? true, now);

    /// <summary>A filter as a query says it, for links.</summary>
    public static string QueryOf(ChallengeFilter filter)
    {
        var factor = filter.Factor is { } sid ? $"FactorSid={sid}&" : "";
        var status = filter.Status is { } asked ? $"Status={Array.Find(Statuses, one => one.Value == asked).Name}&" : "";
        return filter.OldestFirst ? $"{factor}{status}" : $"{factor}{status}Order=desc&";
    }

    static List<ChallengeField> Fields(FormBinder binder)
    {
        var fields = new List<ChallengeField>();
        var texts = binder.Many("Details.Fields") ?? [];
        if (texts.Length > ChallengeLimits.MaxFields)
        {
            binder.Invalid("Details.Fields", null, "too_many_entries", $"At most {ChallengeLimits.MaxFields} fields.");
            return fields;
        }

        foreach (var text in texts)
        {
            if (Field(text) is { } field)
            {
                fields.Add(field);
            }
            else
            {
                // Not repeated: fields hold what an application knows of a person.
                binder.Invalid("Details.Fields", null, "not_a_field",
                    $$"""Each must be a JSON object such as {"label":"City","value":"Lyon"}, with a label of 1 to {{ChallengeLimits.MaxLabel}} and a value of 1 to {{ChallengeLimits.MaxValue}} characters.""");
            }
        }

        return fields;
    }

    static ChallengeField? Field(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("label", out var label) && label.ValueKind == JsonValueKind.String && label.GetString() is { Length: > 0 and <= ChallengeLimits.MaxLabel } name
                && document.RootElement.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= ChallengeLimits.MaxValue } said
                ? new ChallengeField(name, said)
                : null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            // Not JSON, or half of a pair of code units.
            return null;
        }
    }
}
