using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Countersign.Server.Sandbox;

/// <summary>
/// The page that shows the virtual phones, from memory. It is anonymous because it holds nothing: what it shows it reads from <see cref="SandboxEndpoints"/>,
/// with the credentials of who looks.
/// </summary>
sealed class SandboxPage
{
    // Nothing but the page's own files, no inline code, no frame around it: a message's text stays text, whatever is in it.
    const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    readonly (string Path, Asset Asset)[] _assets =
    [
        ("/sandbox", new Asset("index.html", "text/html; charset=utf-8")),
        ("/sandbox/app.css", new Asset("app.css", "text/css; charset=utf-8")),
        ("/sandbox/app.js", new Asset("app.js", "text/javascript; charset=utf-8")),
        ("/sandbox/feed.js", new Asset("feed.js", "text/javascript; charset=utf-8")),
        ("/sandbox/phones.js", new Asset("phones.js", "text/javascript; charset=utf-8")),
    ];

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (path, asset) in _assets)
        {
            routes.MapMethods(path, Methods, context => ServeAsync(context, asset));
        }
    }

    static async Task ServeAsync(HttpContext context, Asset asset)
    {
        var (request, response) = (context.Request, context.Response);
        if (request.Path.Value!.EndsWith('/'))
        {
            // The page's links are relative, so that it works behind a proxy's prefix, and one slash more would lead them astray.
            response.StatusCode = StatusCodes.Status308PermanentRedirect;
            response.Headers.Location = "../sandbox";
            response.ContentLength = 0;
            return;
        }

        var headers = response.Headers;
        headers.ETag = asset.Tag.ToString();
        headers.CacheControl = "no-cache";
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        if (EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known)
            && known.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(asset.Tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = asset.ContentType;
        response.ContentLength = asset.Content.Length;
        if (!HttpMethods.IsHead(request.Method))
        {
            await response.Body.WriteAsync(asset.Content, context.RequestAborted);
        }
    }

    sealed class Asset
    {
        public Asset(string name, string contentType)
        {
            using var resource = typeof(SandboxPage).Assembly.GetManifestResourceStream($"Sandbox.Page/{name}")
                ?? throw new InvalidOperationException($"{name} is not embedded in this build.");
            Content = new byte[resource.Length];
            resource.ReadExactly(Content);
            ContentType = contentType;
            Tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(Content).AsSpan(0, 12))}\"");
        }

        public byte[] Content { get; }

        public string ContentType { get; }

        public EntityTagHeaderValue Tag { get; }
    }
}
