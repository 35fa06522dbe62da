using System.Text.Json;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin.Errors;

/// <summary>One entry as JSON.</summary>
sealed class ErrorAnswer(ErrorArticle article, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json) => Write(json, article, address);

    internal static void Write(Utf8JsonWriter json, ErrorArticle article, string address)
    {
        json.WriteStartObject();
        json.WriteString("kind"u8, article.Kind);
        json.WriteString("name"u8, article.Name);
        json.WriteNumber("code"u8, article.Code);
        json.WriteStartArray("other_codes"u8);
        foreach (var code in article.OtherCodes)
        {
            json.WriteNumberValue(code);
        }

        json.WriteEndArray();
        WriteNumberOrNull(json, "status", article.Status);
        json.WriteString("title"u8, article.Title);
        json.WriteString("explanation"u8, article.Explanation);
        json.WriteString("advice"u8, article.Advice);
        json.WriteString("for_the_person"u8, article.ForThePerson);
        json.WriteString("class"u8, article.Class);
        WriteTexts(json, "may_help", article.MayHelp);
        json.WriteString("severity"u8, article.Severity);
        json.WriteStartObject("carrier_codes"u8);
        foreach (var (kind, codes) in article.CarrierCodes)
        {
            WriteTexts(json, kind, codes);
        }

        json.WriteEndObject();
        json.WriteStartArray("reasons"u8);
        foreach (var (reason, meaning) in article.Reasons)
        {
            json.WriteStartObject();
            json.WriteString("reason"u8, reason);
            json.WriteString("meaning"u8, meaning);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteTexts(json, "see_also", article.SeeAlso);
        json.WriteString("url"u8, $"{address}{ApiError.DictionaryPath}/{article.Name}");
        json.WriteEndObject();
    }

    static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    static void WriteNumberOrNull(Utf8JsonWriter json, string name, int? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
