using System.Net.Http.Headers;
using System.Text;
using Countersign.Core.Delivery;

namespace Countersign.Carriers.GenericHttp;

/// <summary>The request of a description, and how it is filled for one message.</summary>
sealed class RequestTemplate
{
    /// <summary>Everything that a placeholder may name.</summary>
    public static readonly IReadOnlyList<string> Placeholders =
        ["to", "to_digits", "from", "text", "code", "attempt", "callback_url", "expires_seconds", "locale", "friendly_name", KeyPress, "secret"];

    /// <summary>Whether a call is to read the code only after a key was pressed, <c>true</c> or <c>false</c>.</summary>
    public const string KeyPress = "dtmf_input_required";

    static readonly Dictionary<string, (Func<string, string> Escape, string ContentType)> Bodies = new()
    {
        ["json"] = (Escape.Json, "application/json"),
        ["form"] = (Escape.Component, "application/x-www-form-urlencoded"),
        ["xml"] = (Escape.Xml, "application/xml; charset=utf-8"),
        ["text"] = (Escape.Nothing, "text/plain; charset=utf-8"),
        ["none"] = (Escape.Nothing, ""),
    };

    readonly HttpMethod _method;
    readonly string _bodyType, _contentType;
    readonly AuthenticationHeaderValue? _authorization;

    public RequestTemplate(CarrierSettings settings)
    {
        _method = new HttpMethod(settings.Text("method"));
        _bodyType = settings.Text("body_type");
        _contentType = settings.Find("content_type") ?? Bodies[_bodyType].ContentType;
        _authorization = settings.Find("user") is { } user ? CarrierHttp.Basic(user, settings.Find("password") ?? "") : null;
        Url = new Template(settings.Text("url"));
        Body = new Template(settings.Find("body") ?? "");
        Headers = [.. Lines.Pairs(settings.Find("headers"), ':').Select(pair => (pair.Name, new Template(pair.Value ?? "")))];
    }

    public Template Url { get; }

    public Template Body { get; }

    public IReadOnlyList<(string Name, Template Value)> Headers { get; }

    /// <summary>Whether the interface is told that a key is to be pressed first.</summary>
    public bool TellsOfKeyPress => Url.Uses(KeyPress) || Body.Uses(KeyPress) || Headers.Any(static header => header.Value.Uses(KeyPress));

    /// <summary>The address with its values. A value of nothing but dots is left out: as a segment of the path it would lead elsewhere, however it is written.</summary>
    public string FillUrl(Func<string, string> valueOf) => Url.Fill(valueOf, value => value.Trim('.').Length == 0 ? "" : Escape.Component(value));

    /// <summary>The body with its values.</summary>
    public string FillBody(Func<string, string> valueOf) => Body.Fill(valueOf, Bodies[_bodyType].Escape);

    public HttpRequestMessage Fill(Func<string, string> valueOf)
    {
        var request = new HttpRequestMessage(_method, new Uri(FillUrl(valueOf)));
        request.Headers.Authorization = _authorization;
        if (_bodyType != "none")
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(FillBody(valueOf)));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", _contentType);
        }

        foreach (var (name, value) in Headers)
        {
            var filled = value.Fill(valueOf, Escape.Header);
            if (!request.Headers.TryAddWithoutValidation(name, filled))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, filled); // Content-Language and its like belong to the body.
            }
        }

        return request;
    }
}
