using System.Globalization;

namespace Countersign.Core.Delivery;

/// <summary>One setting of a kind of carrier.</summary>
public sealed record CarrierSetting(string Name, CarrierSettingType Type, string Explanation)
{
    public bool Required { get; init; }

    /// <summary>What holds when it is left out; null for nothing.</summary>
    public string? Default { get; init; }

    /// <summary>The least value of a number, or the fewest characters of a text.</summary>
    public int Min { get; init; }

    /// <summary>The greatest value of a number, or the most characters of a text.</summary>
    public int Max { get; init; } = 4096;

    /// <summary>What a choice chooses from.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>A secret is sealed in the store and never shown again.</summary>
    public bool IsSecret => Type == CarrierSettingType.Secret;

    /// <summary>
    /// It decides where the secrets go, as every address does: who changes it must know them, or a secret that nobody can read could be had sent to oneself.
    /// </summary>
    public bool LeadsSecrets { get => field || Type == CarrierSettingType.Address; init; }

    /// <summary>What is wrong with a value; null when it is right.</summary>
    public string? ProblemWith(string value) => Type switch
    {
        CarrierSettingType.Number => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= Min && number <= Max
            ? null : $"must be a whole number from {Min} to {Max}",
        CarrierSettingType.Flag => value is "true" or "false" ? null : "must be true or false",
        CarrierSettingType.Choice => Choices.Contains(value, StringComparer.Ordinal) ? null : $"must be one of {string.Join(", ", Choices)}",
        CarrierSettingType.Address => Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0 && address.Port != 0
            && !value.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) // An address is trimmed when it is read alone, and refused with a path behind it.
            ? null : "must be an http or https address without spaces and without credentials in it, and at a port that is not 0",
        _ => value.Length < Math.Max(1, Min) || value.Length > Max ? $"must have {Math.Max(1, Min)} to {Max} characters"
            : Type is not CarrierSettingType.LongText and not CarrierSettingType.Secret && value.Any(char.IsControl) ? "must be one line" : null,
    };
}

/// <summary>How a setting is written and checked.</summary>
public enum CarrierSettingType
{
    /// <summary>One line.</summary>
    Text,

    /// <summary>Several lines: a template, a certificate.</summary>
    LongText,

    /// <summary>A password, token or private key (several lines are fine): sealed, write-only.</summary>
    Secret,

    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Flag,

    Choice,

    /// <summary>An absolute http or https URL.</summary>
    Address,
}
