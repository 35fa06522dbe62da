using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Messages.Templates;

namespace Countersign.Storage;

/// <summary>A template as JSON.</summary>
sealed record TemplateDocument
{
    public string FriendlyName { get; set; } = "";

    public List<int> Channels { get; set; } = [];

    public string DefaultLocale { get; set; } = "";

    public List<TranslationDocument> Translations { get; set; } = [];

    /// <summary>Seldom any.</summary>
    public List<TemplateClaimDocument>? Claims { get; set; }

    public DateTimeOffset? LeavingSince { get; set; }
}

/// <summary>A service that is about to have a template for its own, as JSON.</summary>
sealed record TemplateClaimDocument
{
    public string Service { get; set; } = "";

    public DateTimeOffset At { get; set; }
}

/// <summary>A template's text in one language as JSON.</summary>
sealed record TranslationDocument
{
    public string Locale { get; set; } = "";

    public DateTimeOffset CreatedAt { get; set; }

    public List<TextVersionDocument> Versions { get; set; } = [];
}

/// <summary>One version of a text as JSON.</summary>
sealed record TextVersionDocument
{
    public int Number { get; set; }

    public string Text { get; set; } = "";

    public int Status { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? ApprovedAt { get; set; }

    public DateTimeOffset? RetiredAt { get; set; }
}

/// <summary>Templates in a registry.</summary>
sealed class TemplateDocuments : RegistryDocument<StoredTemplate>
{
    public override string Kind => "template";

    public override string Write(StoredTemplate entry) => JsonSerializer.Serialize(
        new TemplateDocument
        {
            FriendlyName = entry.FriendlyName,
            Channels = [.. entry.Channels.Select(channel => (int)channel)],
            DefaultLocale = entry.DefaultLocale,
            Translations = [.. entry.Translations.Select(Write)],
            Claims = entry.Claims.Count == 0 ? null : [.. entry.Claims.Select(static claim => new TemplateClaimDocument { Service = claim.Service.ToString(), At = claim.At })],
            LeavingSince = entry.LeavingSince,
        },
        StorageJson.Default.TemplateDocument);

    public override StoredTemplate Read(RegistryRow row)
    {
        var document = JsonSerializer.Deserialize(row.Body, StorageJson.Default.TemplateDocument)!;
        return new StoredTemplate
        {
            Sid = Sid.Parse(row.Name, "HJ"),
            AccountSid = row.AccountSid,
            FriendlyName = document.FriendlyName,
            Channels = document.Channels.ConvertAll(channel => (Channel)channel),
            DefaultLocale = document.DefaultLocale,
            Translations = document.Translations.ConvertAll(Read),
            Claims = document.Claims?.ConvertAll(static claim => new TemplateClaim(Sid.Parse(claim.Service, "VA"), claim.At)) ?? [],
            LeavingSince = document.LeavingSince,
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
        };
    }

    public override (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(StoredTemplate entry) => (entry.CreatedAt, entry.UpdatedAt);

    static TranslationDocument Write(StoredTranslation translation) => new()
    {
        Locale = translation.Locale,
        CreatedAt = translation.CreatedAt,
        Versions =
        [
            .. translation.Versions.Select(version => new TextVersionDocument
            {
                Number = version.Number,
                Text = version.Text,
                Status = (int)version.Status,
                CreatedAt = version.CreatedAt,
                ApprovedAt = version.ApprovedAt,
                RetiredAt = version.RetiredAt,
            }),
        ],
    };

    static StoredTranslation Read(TranslationDocument document) => new()
    {
        Locale = document.Locale,
        CreatedAt = document.CreatedAt,
        Versions = document.Versions.ConvertAll(version =>
            new TextVersion(version.Number, version.Text, (TextStatus)version.Status, version.CreatedAt, version.ApprovedAt, version.RetiredAt)),
    };
}
