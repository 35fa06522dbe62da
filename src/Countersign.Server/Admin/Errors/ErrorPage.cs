using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace Countersign.Server.Admin.Errors;

/// <summary>The dictionary as pages: no script, nothing loaded from anywhere, links relative so that they work behind a proxy's prefix.</summary>
sealed class ErrorPage(int status, string html) : IResult
{
    static readonly string Style = ReadStyle();

    static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var body = Encoding.UTF8.GetBytes(html);
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = body.Length;
        response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        if (!HttpMethods.IsHead(httpContext.Request.Method))
        {
            await response.Body.WriteAsync(body, httpContext.RequestAborted);
        }
    }

    /// <summary>One entry. <paramref name="asked"/> is the carrier's code that led here, or null.</summary>
    public static string Entry(ErrorArticle article, string? asked) => Page($"{Heading(article)}: {article.Title}", "../errors", page =>
    {
        page.Append($"<p class=\"code\">{Text(asked is null ? Heading(article) : $"{asked} means {article.Name}")}</p><h1>{Text(article.Title)}</h1>");
        page.Append($"<section><h2>What happened</h2><p>{Text(article.Explanation)}</p></section>");
        page.Append($"<section class=\"do\"><h2>What to do</h2><p>{Text(article.Advice)}</p></section>");
        if (article.ForThePerson is { } line)
        {
            page.Append($"<section><h2>What to tell the person who waits</h2><blockquote>{Text(line)}</blockquote></section>");
        }

        page.Append("<section><h2>Facts</h2><dl>");
        Fact(page, "Name", $"<code>{Text(article.Name)}</code>");
        if (article.Status is { } status)
        {
            Fact(page, "HTTP status", ErrorArticle.Text(status));
        }

        Fact(page, article.Kind == "api" ? "Code" : "Twilio's number", ErrorArticle.Text(article.Code));
        if (article.OtherCodes.Count > 0)
        {
            Fact(page, "Other numbers", string.Join(", ", article.OtherCodes));
        }

        Fact(page, "May help", article.MayHelp.Count == 0 ? "changing the request or the number" : Text(string.Join(", ", article.MayHelp.Select(Words))));
        if (article.Class is { } kind)
        {
            Fact(page, "Class", $"<code>{Text(kind)}</code>");
            Fact(page, "Severity", Text(article.Severity!));
        }

        foreach (var (carrier, codes) in article.CarrierCodes)
        {
            Fact(page, Text(carrier), $"<code>{string.Join("</code> <code>", codes.Select(Text))}</code>");
        }

        page.Append("</dl></section>");
        if (article.Reasons.Count > 0)
        {
            page.Append("<section><h2>What <code>details.reason</code> says</h2><dl class=\"reasons\">");
            foreach (var (reason, meaning) in article.Reasons)
            {
                Fact(page, $"<code>{Text(reason)}</code>", Text(meaning));
            }

            page.Append("</dl></section>");
        }

        if (article.SeeAlso.Count > 0)
        {
            page.Append($"<p>The same number also stands for {string.Join(", ", article.SeeAlso.Select(other => $"<a href=\"{Link(other)}\">{Text(other)}</a>"))}.</p>");
        }
    });

    /// <summary>All of them.</summary>
    public static string List(IReadOnlyList<ErrorArticle> articles) => Page("Errors", null, page =>
    {
        page.Append("<h1>Errors</h1><p>Every error of the API and of deliveries: what happened, and what to do. A carrier's own code is found at <code>errors/twilio:30003</code> and the like.</p>");
        foreach (var (kind, title) in new[] { ("delivery", "Why a message does not arrive"), ("api", "What the API answers") })
        {
            var rows = articles.Where(article => article.Kind == kind).ToList();
            if (rows.Count == 0)
            {
                continue;
            }

            page.Append($"<section><h2>{title}</h2><ul class=\"list\">");
            foreach (var article in rows)
            {
                page.Append($"<li><a href=\"errors/{Link(article.Name)}\"><b>{ErrorArticle.Text(article.Code)}</b> <span>{Text(article.Title)}</span> <code>{Text(article.Name)}</code></a></li>");
            }

            page.Append("</ul></section>");
        }
    });

    /// <summary>None: the code that was asked for is nowhere in the dictionary.</summary>
    public static string Unknown(string code) => Page("Unknown error", "../errors", page =>
        page.Append($"<h1>No such error</h1><p>The dictionary has nothing under <code>{Text(code.Length <= 64 ? code : code[..64] + "…")}</code>.</p>")
            .Append("<section class=\"do\"><h2>What to do</h2><p>Look it up by name (<code>unreachable</code>), by number (<code>30003</code>), or by carrier and code (<code>twilio:30003</code>), or look through all of them.</p></section>"));

    static string Page(string title, string? back, Action<StringBuilder> write)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">");
        page.Append($"<title>{Text(title)} · Countersign</title><style>{Style}</style></head><body>");
        page.Append($"<header><b>Countersign</b> {(back is null ? "<span>Errors</span>" : $"<a href=\"{back}\">All errors</a>")}</header><main>");
        write(page);
        return page.Append("</main></body></html>").ToString();
    }

    static void Fact(StringBuilder page, string name, string value) => page.Append($"<div><dt>{name}</dt><dd>{value}</dd></div>");

    static string Heading(ErrorArticle article) => article.Kind == "api" ? $"{article.Code}, HTTP {article.Status}" : $"{article.Code} {article.Name}";

    static string Words(string name) => name.Replace('_', ' ');

    static string Text(string text) => HtmlEncoder.Default.Encode(text);

    static string Link(string name) => UrlEncoder.Default.Encode(name);

    static string ReadStyle()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("admin/errors.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
