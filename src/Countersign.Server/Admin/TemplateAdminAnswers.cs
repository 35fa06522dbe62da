using System.Text.Json;
using Countersign.Core.Codes;
using Countersign.Core.Messages;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Numbers;
using Countersign.Server.Api;

namespace Countersign.Server.Admin;

/// <summary>One template with every version of its texts, each as a person would get it.</summary>
sealed class TemplateAdminAnswer(int status, StoredTemplate template) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => TemplateAdminJson.Write(json, template, withTexts: true);
}

/// <summary>How the admin API writes a template.</summary>
static class TemplateAdminJson
{
    static readonly Destination SampleNumber = PhoneNumber.Restore("+14155550100");

    public static void Write(Utf8JsonWriter json, StoredTemplate template, bool withTexts)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, template.Sid.ToString());
        json.WriteString("friendly_name"u8, template.FriendlyName);
        json.WriteStartArray("channels"u8);
        foreach (var channel in template.Channels)
        {
            json.WriteStringValue(TemplateJson.Channel(channel));
        }

        json.WriteEndArray();
        json.WriteString("default_locale"u8, template.DefaultLocale);
        json.WriteString("status"u8, template.IsApproved ? "approved"u8 : "draft"u8);
        json.WriteStartObject("translations"u8);
        foreach (var translation in template.Translations)
        {
            json.WriteStartObject(translation.Locale);
            Write(json, template, translation, withTexts);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteString("date_created"u8, VerificationJson.Date(template.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(template.UpdatedAt));
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, StoredTemplate template, StoredTranslation translation, bool withTexts)
    {
        json.WriteBoolean("is_default_translation"u8, translation.Locale == template.DefaultLocale);
        json.WriteString("status"u8, translation.InUse is null ? "draft"u8 : "approved"u8);
        WriteNumber(json, "version_in_use"u8, translation.InUse?.Number);
        WriteNumber(json, "draft_version"u8, translation.Newest.Status == TextStatus.Draft ? translation.Newest.Number : null);
        if (!withTexts)
        {
            return;
        }

        json.WriteStartArray("versions"u8);
        foreach (var version in translation.Versions.Reverse())
        {
            json.WriteStartObject();
            json.WriteNumber("version"u8, version.Number);
            json.WriteString("status"u8, version.Status switch
            {
                TextStatus.Draft => "draft"u8,
                TextStatus.Approved => "approved"u8,
                TextStatus.Retired => "retired"u8,
                _ => throw new InvalidOperationException($"No word for {version.Status}."),
            });
            json.WriteString("text"u8, version.Text);
            WritePreview(json, translation.Locale, version.Text);
            json.WriteString("date_created"u8, VerificationJson.Date(version.CreatedAt));
            json.WriteString("date_approved"u8, version.ApprovedAt is { } approved ? VerificationJson.Date(approved) : null);
            json.WriteString("date_retired"u8, version.RetiredAt is { } retired ? VerificationJson.Date(retired) : null);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The text with sample values, and what it would be charged as: a name and a code of usual length, a payment, and every other variable as its own name.</summary>
    static void WritePreview(Utf8JsonWriter json, string locale, string text)
    {
        if (MessageTemplate.Create("", [KeyValuePair.Create(locale, text)], locale, []) is not MessageTemplateResult.Valid { Template: var template })
        {
            throw new InvalidOperationException("A text was kept that is none.");
        }

        var variables = template.Default.Variables;
        var preview = MessageWriter.Write(new MessageRequest
        {
            FriendlyName = "Acme Grocery",
            Code = new OneTimeCode("482915"),
            To = SampleNumber,
            Locale = locale,
            Template = template,
            Substitutions = variables.ToDictionary(name => name, name => name switch
            {
                "amount" => "EUR 12.50",
                "payee" => "Corner Shop",
                _ => name,
            }),
        });
        json.WriteStartArray("variables"u8);
        foreach (var variable in variables)
        {
            json.WriteStringValue(variable);
        }

        json.WriteEndArray();
        json.WriteStartObject("preview"u8);
        json.WriteString("text"u8, preview.Text);
        json.WriteString("encoding"u8, preview.Segments.Encoding == SmsEncoding.Gsm7 ? "GSM-7"u8 : "UCS-2"u8);
        json.WriteNumber("units"u8, preview.Segments.Units);
        json.WriteNumber("segments"u8, preview.Segments.Segments);
        json.WriteEndObject();
    }

    static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
