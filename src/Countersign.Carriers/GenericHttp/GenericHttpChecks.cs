using System.Text.Json;
using System.Xml;
using Countersign.Core.Delivery;

namespace Countersign.Carriers.GenericHttp;

/// <summary>Finds what is wrong with a description before the first message does.</summary>
static class GenericHttpChecks
{
    // Fits nowhere unescaped, so that a placeholder outside the quotes of a JSON string or inside a tag is noticed.
    const string Awkward = "a\"b'c\\d<e>&f=g{text}\r\nh";

    static readonly string[] OwnHeaders = ["content-type", "content-length", "transfer-encoding", "host", "connection"];

    public static IEnumerable<SettingProblem> Run(CarrierSettings settings)
    {
        var request = new RequestTemplate(settings);
        return Placeholders(settings, request).Concat(Address(request, settings.Text("url"))).Concat(Headers(settings)).Concat(Body(settings, request))
            .Concat(Answers(settings)).Concat(Receipts(settings));
    }

    static IEnumerable<SettingProblem> Placeholders(CarrierSettings settings, RequestTemplate request)
    {
        foreach (var (setting, template) in request.Headers.Select(header => ("headers", header.Value)).Concat([("url", request.Url), ("body", request.Body)]))
        {
            foreach (var unknown in template.Unknown(RequestTemplate.Placeholders))
            {
                yield return new SettingProblem(setting, $"has the unknown placeholder {unknown}. There are: {string.Join(", ", RequestTemplate.Placeholders.Select(name => $"{{{name}}}"))}");
            }

            if (template.Uses("secret") && settings.Find("secret") is null)
            {
                yield return new SettingProblem("secret", $"is required, as {setting} has {{secret}}");
            }
        }
    }

    static IEnumerable<SettingProblem> Address(RequestTemplate request, string url)
    {
        var host = url.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? url[..(url.IndexOfAny(['/', '?', '#'], scheme + 3) is var end and >= 0 ? end : url.Length)] : "";
        if (host.Contains('{', StringComparison.Ordinal) || !Uri.TryCreate(request.FillUrl(Sample), UriKind.Absolute, out var address)
            || address.Scheme is not "http" and not "https" || address.UserInfo.Length > 0 || address.Port == 0)
        {
            yield return new SettingProblem("url", "must be an http or https address with placeholders after the host only, without credentials in it, and at a port that is not 0");
        }
    }

    static IEnumerable<SettingProblem> Headers(CarrierSettings settings)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in Lines.Pairs(settings.Find("headers"), ':'))
        {
            if (value is null || name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)))
            {
                yield return new SettingProblem("headers", "must have lines of the form `Name: value`");
            }
            else if (OwnHeaders.Contains(name.ToLowerInvariant()))
            {
                yield return new SettingProblem("headers", $"must not have {name}, which the server writes; for the type of the body there is content_type");
            }
            else if (value.Any(c => c is < ' ' or > '~'))
            {
                yield return new SettingProblem("headers", $"must have ASCII in the value of {name}");
            }
            else if (!seen.Add(name))
            {
                yield return new SettingProblem("headers", $"has {name} twice");
            }
            else if (name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) && settings.Find("user") is not null)
            {
                yield return new SettingProblem("headers", "must not have Authorization beside user and password, which write it too");
            }
        }
    }

    static IEnumerable<SettingProblem> Body(CarrierSettings settings, RequestTemplate request)
    {
        var type = settings.Text("body_type");
        var body = settings.Find("body");
        if (type == "none" ? body is not null : body is null)
        {
            yield return new SettingProblem("body", type == "none" ? "must not be set with body_type none" : $"is required with body_type {type}");
        }
        else if (type != "none" && settings.Text("method") == "GET")
        {
            yield return new SettingProblem("body_type", "must be none with method GET");
        }
        else if (type == "json" && !IsJson(request.FillBody(Sample)))
        {
            yield return new SettingProblem("body", "is not JSON once it is filled in; placeholders other than {expires_seconds}, {to_digits} and {dtmf_input_required} must stand between quotes");
        }
        else if (type == "xml" && !IsXml(request.FillBody(Sample)))
        {
            yield return new SettingProblem("body", "is not XML once it is filled in; placeholders must stand in text or between the quotes of an attribute");
        }

        if (settings.Find("content_type") is { } contentType && !System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(contentType, out _))
        {
            yield return new SettingProblem("content_type", "must be a media type, for example application/json");
        }
    }

    static IEnumerable<SettingProblem> Answers(CarrierSettings settings)
    {
        if (Lines.Ranges(settings.Text("success_status")) is null)
        {
            yield return new SettingProblem("success_status", "must be statuses such as 200,202 or 200-299");
        }

        if (settings.Find("success_json") is { } rule && rule.IndexOf('=', StringComparison.Ordinal) < 1)
        {
            yield return new SettingProblem("success_json", "must have the form path=value");
        }

        foreach (var name in (string[])["id_pattern", "error_pattern"])
        {
            if (settings.Find(name) is { } pattern && !IsPattern(pattern))
            {
                yield return new SettingProblem(name, "must be a regular expression without look-around and back-references");
            }
        }

        foreach (var problem in Pairs(settings, "errors", GenericHttpErrors.Names.Keys))
        {
            yield return problem;
        }
    }

    static IEnumerable<SettingProblem> Receipts(CarrierSettings settings)
    {
        foreach (var problem in Pairs(settings, "receipt_statuses", GenericHttpReceipts.Statuses.Keys))
        {
            yield return problem;
        }

        var protection = settings.Text("receipt_protection");
        if (protection == "off")
        {
            yield break;
        }

        if (settings.Find("receipt_secret") is null)
        {
            yield return new SettingProblem("receipt_secret", $"is required with receipt_protection {protection}");
        }

        if (protection == "basic" && settings.Find("receipt_user") is null)
        {
            yield return new SettingProblem("receipt_user", "is required with receipt_protection basic");
        }

        if (protection == "hmac" && settings.Text("receipt_format") == "query")
        {
            yield return new SettingProblem("receipt_protection", "must not be hmac with receipt_format query: the HMAC covers the body only");
        }

        if (settings.Find("receipt_statuses") is null)
        {
            yield return new SettingProblem("receipt_statuses", "is required to read receipts");
        }

        if (settings.Find("receipt_id") is null && settings.Find("receipt_attempt") is null)
        {
            yield return new SettingProblem("receipt_id", "or receipt_attempt is required to read receipts");
        }
    }

    static IEnumerable<SettingProblem> Pairs(CarrierSettings settings, string setting, IEnumerable<string> values)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in Lines.Pairs(settings.Find(setting), '='))
        {
            if (name.Length == 0 || value is null || !values.Contains(value))
            {
                yield return new SettingProblem(setting, $"must have lines of the form `value=name` with one of these names: {string.Join(", ", values)}");
                yield break;
            }

            if (!seen.Add(name))
            {
                yield return new SettingProblem(setting, "has a value twice");
                yield break;
            }
        }
    }

    static string Sample(string placeholder) => placeholder switch
    {
        "expires_seconds" or "to_digits" => "600",
        RequestTemplate.KeyPress => "true",
        _ => Awkward,
    };

    static bool IsJson(string text)
    {
        try
        {
            using var _ = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static bool IsXml(string text)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (XmlException)
        {
            return false;
        }
    }

    static bool IsPattern(string pattern)
    {
        try
        {
            return FirstGroup.Of(pattern) is not null;
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
