using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Countersign.Core.Factors;

/// <summary>
/// How a device answers a challenge, as the SDKs for Twilio Verify Push do it: it reads the challenge, takes from the answer the members that the header
/// Twilio-Verify-Signature-Fields names, adds the status that the person chose, and signs all of it. So a signature is good for one challenge, as it was shown, and one answer.
/// </summary>
public static class SignedAnswer
{
    /// <summary>The members that a device signs beside the status.</summary>
    public static IReadOnlyList<string> Fields { get; } =
        ["sid", "account_sid", "service_sid", "identity", "factor_sid", "date_created", "expiration_date", "details", "hidden_details"];

    /// <summary>What the device answers; null where it is not its signature, or of something else than this challenge.</summary>
    public static ChallengeStatus? Read(string token, byte[] publicKey, Challenge challenge)
    {
        if (DeviceJwt.Parse(token) is not { } jwt || !jwt.IsSignedBy(publicKey))
        {
            return null;
        }

        try
        {
            return IsAbout(jwt.Payload, challenge) ? StatusOf(jwt.Payload) : null;
        }
        catch (InvalidOperationException)
        {
            // Text in it that is none: half of a pair of code units, bytes that are not UTF-8.
            return null;
        }
    }

    static bool IsAbout(JsonElement payload, Challenge challenge)
    {
        foreach (var (name, value) in Values(challenge))
        {
            if (!payload.TryGetProperty(name, out var signed) || !JsonNode.DeepEquals(value, NodeOf(signed)))
            {
                return false;
            }
        }

        return true;
    }

    static ChallengeStatus? StatusOf(JsonElement payload) =>
        !payload.TryGetProperty("status", out var status) || status.ValueKind != JsonValueKind.String ? null
            : status.ValueEquals("approved"u8) ? ChallengeStatus.Approved
            : status.ValueEquals("denied"u8) ? ChallengeStatus.Denied
            : null;

    /// <summary>A moment as the API writes it.</summary>
    public static string DateOf(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>What the person is shown, as the API writes it.</summary>
    public static JsonNode? DetailsOf(Challenge challenge)
    {
        if (challenge.Details is not { } details)
        {
            return null;
        }

        var written = new JsonObject { ["message"] = details.Message };
        if (details.Date is { } date)
        {
            written["date"] = DateOf(date);
        }

        written["fields"] = new JsonArray([.. details.Fields.Select(static field => (JsonNode)new JsonObject { ["label"] = field.Label, ["value"] = field.Value })]);
        return written;
    }

    static (string Name, JsonNode? Value)[] Values(Challenge challenge) =>
    [
        ("sid", challenge.Sid.ToString()),
        ("account_sid", challenge.AccountSid.ToString()),
        ("service_sid", challenge.ServiceSid.ToString()),
        ("identity", challenge.Identity.Reveal()),
        ("factor_sid", challenge.FactorSid.ToString()),
        ("date_created", DateOf(challenge.CreatedAt)),
        ("expiration_date", DateOf(challenge.ExpiresAt)),
        ("details", DetailsOf(challenge)),
        ("hidden_details", challenge.HiddenDetails is { } hidden ? JsonNode.Parse(hidden) : null),
    ];

    static JsonNode? NodeOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(element),
        JsonValueKind.Array => JsonArray.Create(element),
        JsonValueKind.Null => null,
        _ => JsonValue.Create(element),
    };
}
