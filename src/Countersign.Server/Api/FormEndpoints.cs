using System.Text.Json;

namespace Countersign.Server.Api;

/// <summary>Describes what is sent for push factors as JSON Schemas, for programs that make forms of them.</summary>
sealed class FormEndpoints(PublicAddress address)
{
    const string FormType = "form-push";

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet($"/v2/Forms/{FormType}", AnswerMapping.Answering(Fetch));

    ValueTask<IResult> Fetch(HttpContext context) => new(new PushFormAnswer(address.Of(context.Request)));

    sealed class PushFormAnswer(string address) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("form_type"u8, FormType);
            json.WriteStartObject("forms"u8);
            foreach (var (name, schema) in PushForms.All)
            {
                json.WritePropertyName(name);
                json.WriteRawValue(schema);
            }

            json.WriteEndObject();
            json.WriteStartObject("form_meta"u8);
            json.WriteEndObject();
            json.WriteString("url"u8, $"{address}/v2/Forms/{FormType}");
            json.WriteEndObject();
        }
    }
}

/// <summary>The schemas of what is sent for push factors.</summary>
static class PushForms
{
    public static (string Name, string Schema)[] All { get; } =
    [
        ("create_factor", """
            {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["FriendlyName","FactorType","Binding.Alg","Binding.PublicKey","Config.AppId","Config.NotificationPlatform"],
            "properties":{"FriendlyName":{"type":"string","minLength":1,"maxLength":64},"FactorType":{"const":"push"},"Binding.Alg":{"const":"ES256"},
            "Binding.PublicKey":{"type":"string","contentEncoding":"base64","maxLength":512},"Config.AppId":{"type":"string","minLength":1,"maxLength":100},
            "Config.NotificationPlatform":{"enum":["apn","fcm","none"]},"Config.NotificationToken":{"type":"string","minLength":32,"maxLength":255},
            "Config.SdkVersion":{"type":"string","minLength":1,"maxLength":100},"Metadata":{"type":"string","contentMediaType":"application/json","maxLength":1024}}}
            """),
        ("verify_factor", """
            {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["AuthPayload"],"properties":{"AuthPayload":{"type":"string","contentEncoding":"base64","maxLength":5456}}}
            """),
        ("create_challenge", """
            {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["FactorSid","Details.Message"],
            "properties":{"FactorSid":{"type":"string","pattern":"^YF[0-9a-fA-F]{32}$"},"ExpirationDate":{"type":"string","format":"date-time"},
            "Details.Message":{"type":"string","minLength":1,"maxLength":256},
            "Details.Fields":{"type":"array","maxItems":20,"items":{"type":"object","required":["label","value"],
            "properties":{"label":{"type":"string","minLength":1,"maxLength":36},"value":{"type":"string","minLength":1,"maxLength":128}}}},
            "HiddenDetails":{"type":"string","contentMediaType":"application/json","maxLength":1024}}}
            """),
    ];
}
