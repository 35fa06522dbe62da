using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Countersign.Server.Api;

/// <summary>
/// A page of ours with its style and script, embedded in the server and served from memory. It is anonymous because it holds nothing: what it shows it reads
/// from the API, with the credentials of who looks.
/// </summary>
sealed class EmbeddedPage
{
    // Nothing but the page's own files, no inline code, no frame around it: a message's text stays text, whatever is in it.
    const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    readonly List<(string Path, Asset Asset)> _assets;

    /// <summary>The page at <c>/{name}</c>, whose files are the resources <c>{name}/index.html</c> and those named.</summary>
    public EmbeddedPage(string name, params ReadOnlySpan<string> files)
    {
        _assets = [($"/{name}", new Asset(name, "index.html", "text/html; charset=utf-8"))];
        foreach (var file in files)
        {
            var type = file.EndsWith(".css", StringComparison.Ordinal) ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";
            _assets.Add(($"/{name}/{file}", new Asset(name, file, type)));
        }
    }

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
            response.Headers.Location = "../" + asset.Page;
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
        public Asset(string page, string name, string contentType)
        {
            Page = page;
            using var resource = typeof(EmbeddedPage).Assembly.GetManifestResourceStream($"{page}/{name}")
                ?? throw new InvalidOperationException($"{name} is not embedded in this build.");
            Content = new byte[resource.Length];
            resource.ReadExactly(Content);
            ContentType = contentType;
            Tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(Content).AsSpan(0, 12))}\"");
        }

        /// <summary>The page that the file belongs to, which is also the first part of its path.</summary>
        public string Page { get; }

        public byte[] Content { get; }

        public string ContentType { get; }

        public EntityTagHeaderValue Tag { get; }
    }
}
