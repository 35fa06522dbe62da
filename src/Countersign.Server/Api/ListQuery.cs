using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>Which page of a list the caller wants, and the <c>meta</c> object that leads to its neighbours.</summary>
sealed record ListQuery(PageRequest Request, int PageNumber, ListTokens Tokens)
{
    const int DefaultSize = 50, MaxSize = 1000, MaxToken = 100;

    /// <summary>As below, from a request's query.</summary>
    public static bool TryBind(HttpRequest request, [NotNullWhen(true)] out ListQuery? list, [NotNullWhen(false)] out ApiError? error)
    {
        list = null;
        return Form.FromQuery(request).TryGet(out var query, out error) && TryBind(request, query, out list, out error);
    }

    /// <summary>
    /// The size of a page, 1 to 1000; 50 where none is asked for. More is 1000: the SDKs send the <c>limit</c> of <c>list()</c> as it is, and follow the pages until they have as many.
    /// </summary>
    public static int SizeOf(FormBinder binder) => Math.Min(binder.Integer("PageSize", 1, int.MaxValue) ?? DefaultSize, MaxSize);

    /// <summary>Reads <c>PageSize</c> (<see cref="SizeOf"/>), <c>Page</c> (the caller's own count, above 0 only with a token) and <c>PageToken</c> (opaque).</summary>
    public static bool TryBind(HttpRequest request, Form query, [NotNullWhen(true)] out ListQuery? list, [NotNullWhen(false)] out ApiError? error)
    {
        var binder = new FormBinder(query);
        var size = SizeOf(binder);
        var number = binder.Integer("Page", 0, int.MaxValue) ?? 0;
        var tokens = new ListTokens(request.HttpContext.RequestServices.GetRequiredService<Sealer>(), Caller.Of(request.HttpContext).AccountSid);
        PageCursor? cursor = null;
        // Twilio's SDK for iOS writes it with a small letter.
        if ((binder.Text("PageToken", 1, MaxToken) ?? binder.Text("pageToken", 1, MaxToken)) is { } token && (cursor = tokens.Read(token)) is null)
        {
            binder.Invalid("PageToken", token, "not_a_page_token", "Use the token from next_page_url or previous_page_url as it is.");
        }

        // Page 99 is not the first page: whoever counts pages until one is empty would read that for ever.
        error = binder.Error ?? (number > 0 && cursor is null ? ApiErrors.PageTokenRequired() : null);
        list = error is null ? new ListQuery(new PageRequest(size, cursor), number, tokens) : null;
        return error is null;
    }

    /// <summary>
    /// Writes <c>meta</c> with all seven keys; <paramref name="path"/> is the list's address without a query, <paramref name="filter"/> what else was asked for,
    /// escaped and with an ampersand at its end.
    /// </summary>
    public void WriteMeta<T>(Utf8JsonWriter json, string path, string key, Page<T> page, string filter = "")
    {
        path = $"{path}?{filter}";
        json.WriteStartObject("meta"u8);
        json.WriteNumber("page"u8, PageNumber);
        json.WriteNumber("page_size"u8, Request.Size);
        json.WriteString("first_page_url"u8, Url(path, 0, null));
        json.WriteString("previous_page_url"u8, page.Previous is { } previous ? Url(path, Math.Max(0, PageNumber - 1), previous) : null);
        json.WriteString("url"u8, Url(path, PageNumber, Request.Cursor));
        json.WriteString("next_page_url"u8, page.Next is { } next ? Url(path, PageNumber == int.MaxValue ? PageNumber : PageNumber + 1, next) : null);
        json.WriteString("key"u8, key);
        json.WriteEndObject();
    }

    string Url(string path, int number, PageCursor? cursor)
    {
        var token = cursor is { } place ? $"&PageToken={Tokens.Write(place)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{path}PageSize={Request.Size}&Page={number}{token}");
    }
}
