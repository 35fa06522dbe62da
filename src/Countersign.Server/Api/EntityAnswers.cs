using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Factors;

namespace Countersign.Server.Api;

/// <summary>One entity.</summary>
sealed class EntityAnswer(int status, Entity entity, string address) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => EntityJson.Write(json, entity, address);
}

/// <summary>A page of entities.</summary>
sealed class EntityListAnswer(Page<Entity> page, ListQuery list, Sid service, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("entities"u8);
        foreach (var entity in page.Items)
        {
            EntityJson.Write(json, entity, address);
        }

        json.WriteEndArray();
        list.WriteMeta(json, $"{address}/v2/Services/{service}/Entities", "entities", page);
        json.WriteEndObject();
    }
}

/// <summary>Entities as Twilio writes them.</summary>
static class EntityJson
{
    public static string UrlOf(Sid service, EntityIdentity identity, string address) => $"{address}/v2/Services/{service}/Entities/{identity.Reveal()}";

    public static void Write(Utf8JsonWriter json, Entity entity, string address)
    {
        var url = UrlOf(entity.ServiceSid, entity.Identity, address);
        json.WriteStartObject();
        json.WriteString("sid"u8, entity.Sid.ToString());
        json.WriteString("identity"u8, entity.Identity.Reveal());
        json.WriteString("account_sid"u8, entity.AccountSid.ToString());
        json.WriteString("service_sid"u8, entity.ServiceSid.ToString());
        VerificationJson.WriteDate(json, "date_created"u8, entity.CreatedAt);
        VerificationJson.WriteDate(json, "date_updated"u8, entity.UpdatedAt);
        json.WriteString("url"u8, url);
        json.WriteStartObject("links"u8);
        json.WriteString("factors"u8, url + "/Factors");
        json.WriteString("new_factors"u8, url + "/Factors");
        json.WriteString("challenges"u8, url + "/Challenges");
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
