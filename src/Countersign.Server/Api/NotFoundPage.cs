using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace Countersign.Server.Api;

/// <summary>What a person sees who mistyped a page's address. Programs, and whatever lies below the APIs, have the error as JSON.</summary>
static class NotFoundPage
{
    const string Style =
        ":root{color-scheme:light dark;--page:#eef1f0;--ink:#14201e;--link:#0f766e;--focus:#0b63ce}"
        + "@media(prefers-color-scheme:dark){:root{--page:#101514;--ink:#e8eeec;--link:#3cc4b2;--focus:#7db5ff}}"
        + "body{max-width:640px;margin:0 auto;padding:40px 20px;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,sans-serif;overflow-wrap:anywhere}"
        + "h1{line-height:1.2}a{color:var(--link)}:focus-visible{outline:3px solid var(--focus);outline-offset:2px}";

    static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    static readonly PathString[] OfPrograms = ["/v2", "/admin/v1", "/callbacks", "/challenges", "/health", "/openapi"];

    public static bool IsFor(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && !Array.Exists(OfPrograms, path => request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase))
        && AskedByBrowser.Is(request);

    public static async Task WriteAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var path = request.Path.Value ?? "/";
        var root = path.Count(letter => letter == '/') is > 1 and var depth ? string.Concat(Enumerable.Repeat("../", depth - 1)) : "./"; // Relative, for a proxy's prefix.
        var body = Encoding.UTF8.GetBytes(
            $"""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
            <title>No such page · Countersign</title><style>{Style}</style></head><body><h1>No such page</h1>
            <p>There is nothing at <code>{HtmlEncoder.Default.Encode(path.Length <= 100 ? path : path[..100] + "…")}</code>. Perhaps you want one of these:</p>
            <ul><li><a href="{root}console">Console</a></li><li><a href="{root}sandbox">Virtual phones</a>, where the sandbox is on</li><li><a href="{root}admin/reference">Reference of the admin API</a></li><li><a href="{root}admin/v1/errors">Errors, and what to do about them</a></li></ul></body></html>
            """);
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.Vary = "Accept";
        response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        if (!HttpMethods.IsHead(request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }
}
