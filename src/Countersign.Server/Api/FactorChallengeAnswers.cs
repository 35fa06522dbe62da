using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Guard.Challenges;
using Challenge = Countersign.Core.Factors.Challenge;

namespace Countersign.Server.Api;

/// <summary>One challenge of a factor.</summary>
sealed class FactorChallengeAnswer(int status, Challenge challenge, DateTimeOffset now, string address, FactorPass? next) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => FactorChallengeJson.Write(json, challenge, now, address, next);
}

/// <summary>A page of challenges.</summary>
sealed class FactorChallengeListAnswer(Page<Challenge> page, ListQuery list, ChallengeFilter filter, string url, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("challenges"u8);
        foreach (var challenge in page.Items)
        {
            FactorChallengeJson.Write(json, challenge, filter.Now, address);
        }

        json.WriteEndArray();
        list.WriteMeta(json, url + "/Challenges", "challenges", page, FactorChallengeForms.QueryOf(filter));
        json.WriteEndObject();
    }
}

/// <summary>A push message that is on its way.</summary>
sealed class NotificationAnswer(NotifyChallengeResult.Sent sent) : JsonAnswer(StatusCodes.Status201Created)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, sent.Notification.ToString());
        json.WriteString("account_sid"u8, sent.Challenge.AccountSid.ToString());
        json.WriteString("service_sid"u8, sent.Challenge.ServiceSid.ToString());
        json.WriteString("entity_sid"u8, sent.Challenge.EntitySid.ToString());
        json.WriteString("identity"u8, sent.Challenge.Identity.Reveal());
        json.WriteString("challenge_sid"u8, sent.Challenge.Sid.ToString());
        VerificationJson.WriteDate(json, "date_created"u8, sent.At);
        json.WriteString("priority"u8, "high"u8);
        json.WriteNumber("ttl"u8, (int)sent.Ttl.TotalSeconds);
        json.WriteEndObject();
    }
}

/// <summary>Challenges as Twilio writes them.</summary>
static class FactorChallengeJson
{
    public static string NameOf(ChallengeStatus status) => status switch
    {
        ChallengeStatus.Approved => "approved",
        ChallengeStatus.Denied => "denied",
        _ => "pending",
    };

    public static void Write(Utf8JsonWriter json, Challenge challenge, DateTimeOffset now, string address, FactorPass? next = null)
    {
        var url = $"{EntityJson.UrlOf(challenge.ServiceSid, challenge.Identity, address)}/Challenges/{challenge.Sid}";
        json.WriteStartObject();
        json.WriteString("sid"u8, challenge.Sid.ToString());
        json.WriteString("account_sid"u8, challenge.AccountSid.ToString());
        json.WriteString("service_sid"u8, challenge.ServiceSid.ToString());
        json.WriteString("entity_sid"u8, challenge.EntitySid.ToString());
        json.WriteString("identity"u8, challenge.Identity.Reveal());
        json.WriteString("factor_sid"u8, challenge.FactorSid.ToString());
        VerificationJson.WriteDate(json, "date_created"u8, challenge.CreatedAt);
        VerificationJson.WriteDate(json, "date_updated"u8, challenge.UpdatedAt);
        if (challenge.RespondedAt is { } responded)
        {
            VerificationJson.WriteDate(json, "date_responded"u8, responded);
        }
        else
        {
            json.WriteNull("date_responded"u8);
        }

        VerificationJson.WriteDate(json, "expiration_date"u8, challenge.ExpiresAt);
        json.WriteString("status"u8, challenge.Status == ChallengeStatus.Pending && !challenge.IsOpen(now) ? "expired" : NameOf(challenge.Status));
        json.WriteString("responded_reason"u8, "none"u8);
        json.WritePropertyName("details"u8);
        if (SignedAnswer.DetailsOf(challenge) is { } details)
        {
            details.WriteTo(json);
        }
        else
        {
            json.WriteNullValue();
        }

        FactorJson.WriteRaw(json, "hidden_details"u8, challenge.HiddenDetails);
        FactorJson.WriteRaw(json, "metadata"u8, challenge.Metadata);
        json.WriteString("factor_type"u8, FactorTypes.NameOf(challenge.FactorType));
        json.WriteString("url"u8, url);
        json.WriteStartObject("links"u8);
        json.WriteString("notifications"u8, url + "/Notifications");
        json.WriteEndObject();
        FactorPassJson.Write(json, next);
        json.WriteEndObject();
    }
}
