using System.Globalization;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Server.Simulator;

/// <summary>The simulator's messages for people: one document, whose script reads it again and draws what changed.</summary>
static class SimulatorPage
{
    static readonly string[] Columns = ["UTC", "over", "channel", "from", "to", "text", "status"];

    static readonly string Style = Read("page.css"), Script = Read("page.js");

    // No inline code but the page's own: a message's text stays text, whatever is in it.
    static readonly string ContentSecurityPolicy =
        $"default-src 'none'; script-src '{HashOf(Script)}'; style-src '{HashOf(Style)}'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    public static Task WriteAsync(HttpContext context, IReadOnlyList<SimulatorMessage> messages)
    {
        var rows = new StringBuilder();
        foreach (var message in messages)
        {
            string[] cells =
            [
                message.CreatedAt.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture), message.Protocol, message.Channel, message.From, message.To, message.Body,
                message.Error is { } error ? $"{message.Status}: {ErrorDictionary.Of(error).Name}" : message.Status,
            ];
            rows.Append("<tr>").AppendJoin("", cells.Zip(Columns, (cell, name) => $"<td data-name=\"{name}\">{WebUtility.HtmlEncode(cell)}</td>")).Append("</tr>");
        }

        var headers = context.Response.Headers;
        headers.ContentType = "text/html; charset=utf-8";
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        return context.Response.WriteAsync(
            $"""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
            <title>Carrier simulator</title><style>{Style}</style></head><body><h1>Carrier simulator</h1>
            <p id="state" role="status">Nothing is sent. New messages come in at the top by themselves.</p>
            <table><thead><tr>{string.Concat(Columns.Select(name => $"<th scope=\"col\">{name}</th>"))}</tr></thead><tbody id="rows">{rows}</tbody></table>
            <script type="module">{Script}</script></body></html>
            """);
    }

    static string HashOf(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"simulator/{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
