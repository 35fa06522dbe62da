using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core;
using Microsoft.Net.Http.Headers;

namespace Countersign.Server.Admin.Reference;

/// <summary>
/// The admin API's reference for people, at <c>/admin/reference</c>: Scalar's page over our own document. Its script lies in the package's assembly and is served from here, so that
/// the page asks nobody but this server. It is anonymous, as the document is: neither holds anything of the installation.
/// </summary>
sealed class ReferencePage(RandomSource random)
{
    static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    readonly string _page = Encoding.UTF8.GetString(Resource(Assembly.GetExecutingAssembly(), "admin/reference/index.html"));

    public void Map(IEndpointRouteBuilder routes)
    {
        var app = new Script(Resource(Assembly.GetExecutingAssembly(), "admin/reference/app.js"), isCompressed: false);
        var scalar = new Script(Resource(typeof(Scalar.AspNetCore.ScalarOptions).Assembly, "ScalarStaticAssets.scalar.js"), isCompressed: true);
        routes.MapMethods("/admin/reference", Methods, ServePageAsync);
        routes.MapMethods("/admin/reference/app.js", Methods, app.ServeAsync);
        routes.MapMethods("/admin/reference/scalar.js", Methods, scalar.ServeAsync);
    }

    async Task ServePageAsync(HttpContext context)
    {
        if (context.Request.Path.Value!.EndsWith('/'))
        {
            // The page's links are relative, so that it works behind a proxy's prefix, and one slash more would lead them astray.
            context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            context.Response.Headers.Location = "../reference";
            context.Response.ContentLength = 0;
            return;
        }

        var bytes = new byte[16];
        random.Fill(bytes);
        var nonce = Convert.ToHexStringLower(bytes);

        // Scalar puts its styles into the page itself: those with this page's nonce are let through, and no others. Scripts are our own files alone.
        Secure(context.Response.Headers).ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; img-src 'self' data:; "
            + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        context.Response.Headers.CacheControl = "no-store";
        await WriteAsync(context, "text/html; charset=utf-8", Encoding.UTF8.GetBytes(_page.Replace("{nonce}", nonce, StringComparison.Ordinal)));
    }

    static IHeaderDictionary Secure(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        return headers;
    }

    static async Task WriteAsync(HttpContext context, string type, byte[] content)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
    }

    static byte[] Resource(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded in this build.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>A script that stays as it is; compressed where it lies compressed and the browser reads it so.</summary>
    sealed class Script(byte[] content, bool isCompressed)
    {
        readonly EntityTagHeaderValue _tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"");

        public async Task ServeAsync(HttpContext context)
        {
            var headers = Secure(context.Response.Headers);
            headers.CacheControl = "no-cache";
            headers.ETag = _tag.ToString();
            headers.Vary = "Accept-Encoding";
            if (EntityTagHeaderValue.TryParseList(context.Request.Headers.IfNoneMatch, out var known) && known.Any(tag => tag.Compare(_tag, useStrongComparison: false)))
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }

            var isSentCompressed = isCompressed && context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
            if (isSentCompressed)
            {
                headers.ContentEncoding = "gzip";
            }

            await WriteAsync(context, "text/javascript; charset=utf-8", isCompressed && !isSentCompressed ? Expand(content) : content);
        }

        static byte[] Expand(byte[] compressed)
        {
            using var stream = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress);
            using var plain = new MemoryStream();
            stream.CopyTo(plain);
            return plain.ToArray();
        }
    }
}
