using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Carriers.GenericHttp;

/// <summary>How to read what a described carrier answers.</summary>
sealed class AnswerRules
{
    readonly List<(int From, int To)> _statuses;
    readonly (string Path, string[] Values)? _json;
    readonly string? _text, _idPath, _errorPath;
    readonly Regex? _idPattern, _errorPattern;
    readonly Dictionary<string, DeliveryError> _errors;

    public AnswerRules(CarrierSettings settings)
    {
        _statuses = Lines.Ranges(settings.Text("success_status"))!;
        _json = settings.Find("success_json") is { } rule && rule.Split('=', 2) is [var path, var values] ? (path.Trim(), values.Split('|')) : null;
        _text = settings.Find("success_text");
        _idPath = settings.Find("id_json");
        _errorPath = settings.Find("error_json");
        _idPattern = settings.Find("id_pattern") is { } id ? FirstGroup.Of(id) : null;
        _errorPattern = settings.Find("error_pattern") is { } error ? FirstGroup.Of(error) : null;
        _errors = Lines.Pairs(settings.Find("errors"), '=').ToDictionary(pair => pair.Name, pair => GenericHttpErrors.Names[pair.Value!]);
    }

    public SendOutcome Read(CarrierAnswer answer)
    {
        var json = _json is null && _idPath is null && _errorPath is null ? default : VendorJson.Parse(answer.Body);
        var text = Encoding.UTF8.GetString(answer.Body);
        if (_statuses.Any(range => answer.Status >= range.From && answer.Status <= range.To)
            && (_json is not { } rule || (json.ScalarAt(rule.Path) is { } value && rule.Values.Contains(value)))
            && (_text is null || text.Contains(_text, StringComparison.Ordinal)))
        {
            // Whoever describes a carrier may have it read any page within reach: an id is all that comes back of it. What is there and looks like none was taken all the same.
            var id = Find(json, text, _idPath, _idPattern);
            return (_idPath is not null || _idPattern is not null) && string.IsNullOrEmpty(id)
                ? new SendOutcome.Refused(DeliveryError.MalformedAnswer, $"http_{answer.Status}")
                : new SendOutcome.Accepted(CarrierWords.Id(id));
        }

        var said = Find(json, text, _errorPath, _errorPattern);
        // A carrier that answers 4xx in JSON has understood the request and does not send it, whatever it writes there; a proxy's page may stand for anything.
        var isReadable = said is not null || (answer.Status is >= 400 and < 500 && json.ValueKind != JsonValueKind.Undefined)
            || (_json is { } success ? json.ScalarAt(success.Path) is not null : _errorPath is null);
        return new SendOutcome.Refused(ErrorOf(said, answer.Status, isReadable), Refusals.Code(said) ?? $"http_{answer.Status}");
    }

    /// <summary>What a code of a receipt means; unknown where the description does not say.</summary>
    public DeliveryError ErrorOf(string? code) => code is not null && _errors.TryGetValue(code, out var error) ? error : DeliveryError.Unknown;

    DeliveryError ErrorOf(string? code, int status, bool isReadable) =>
        (code is not null && _errors.TryGetValue(code, out var error)) || _errors.TryGetValue($"http_{status}", out error) ? error
        : isReadable ? Refusals.OfUnlisted(status)
        : Refusals.OfStatus(status);

    static string? Find(JsonElement json, string text, string? path, Regex? pattern) =>
        (path is null ? null : json.ScalarAt(path)) ?? pattern?.In(text);
}
