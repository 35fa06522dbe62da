using System.Globalization;
using System.Text.Json;
using Countersign.Core.Delivery.Errors;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin.Errors;

/// <summary>One entry as it is served, whether a carrier or the API is where the error comes from.</summary>
sealed record ErrorArticle
{
    /// <summary><c>api</c> or <c>delivery</c>.</summary>
    public required string Kind { get; init; }

    public required string Name { get; init; }

    public required int Code { get; init; }

    public required string Title { get; init; }

    public required string Explanation { get; init; }

    public required string Advice { get; init; }

    /// <summary>One line for who waits for the code. Null for an error of the API, which only its caller sees.</summary>
    public string? ForThePerson { get; init; }

    /// <summary>The HTTP status of an error of the API.</summary>
    public int? Status { get; init; }

    public string? Class { get; init; }

    public string? Severity { get; init; }

    public IReadOnlyList<int> OtherCodes { get; init; } = [];

    /// <summary>What may help: <c>another_carrier</c>, <c>another_channel</c>, <c>waiting</c>.</summary>
    public IReadOnlyList<string> MayHelp { get; init; } = [];

    public IReadOnlyList<(string Kind, IReadOnlyList<string> Codes)> CarrierCodes { get; init; } = [];

    public IReadOnlyList<(string Reason, string Meaning)> Reasons { get; init; } = [];

    /// <summary>What else the same number may mean: codes or names that can be looked up.</summary>
    public IReadOnlyList<string> SeeAlso { get; init; } = [];

    public static ErrorArticle Of(ApiErrorEntry entry) => new()
    {
        Kind = "api",
        Name = entry.Name,
        Code = entry.Code,
        Title = entry.Title,
        Explanation = entry.Explanation,
        Advice = entry.Advice,
        Status = entry.Status,
        MayHelp = entry.WaitingMayHelp ? ["waiting"] : [],
        Reasons = entry.Reasons,
        SeeAlso = ErrorDictionary.ForTwilio(entry.Code) is { } delivery ? [delivery.Name] : [],
    };

    public static ErrorArticle Of(ErrorEntry entry, ErrorDictionary dictionary) => new()
    {
        Kind = "delivery",
        Name = entry.Name,
        Code = entry.TwilioCode,
        Title = entry.Title,
        Explanation = entry.Explanation,
        Advice = entry.Advice,
        ForThePerson = entry.ForThePerson,
        Class = Word(entry.Class),
        Severity = Word(entry.Severity),
        OtherCodes = entry.OtherTwilioCodes,
        MayHelp = [.. Enum.GetValues<Remedies>().Where(remedy => remedy != Remedies.None && entry.Remedies.HasFlag(remedy)).Select(Word)],
        CarrierCodes = [.. dictionary.CodesOf(entry.Error)],
        SeeAlso =
        [
            .. entry.OtherTwilioCodes.Prepend(entry.TwilioCode).Where(code => ApiErrorEntries.Find(code) is not null).Select(Text),
            .. entry.Error == DeliveryError.Unknown ? ErrorDictionary.All.Where(other => other.TwilioCode == entry.TwilioCode && other != entry).Select(other => other.Name) : [],
        ],
    };

    /// <summary>A name of an enumeration as the API writes it.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static string Text(int code) => code.ToString(CultureInfo.InvariantCulture);
}
