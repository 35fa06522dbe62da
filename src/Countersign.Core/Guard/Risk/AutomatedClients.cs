using System.Buffers;

namespace Countersign.Core.Guard.Risk;

/// <summary>User agents of scripts and of browsers that a program drives, by what they call themselves when nobody hides it. Libraries that apps for phones use as well are not among them.</summary>
static class AutomatedClients
{
    static readonly SearchValues<string> Names = SearchValues.Create(
        [
            "curl/", "wget/", "python-requests", "python-urllib", "python-httpx", "aiohttp", "go-http-client", "libwww-perl", "java/", "apache-httpclient", "ruby", "node-fetch",
            "axios/", "got (", "undici", "httpie", "postmanruntime", "insomnia", "scrapy", "headlesschrome", "phantomjs", "selenium", "puppeteer", "playwright", "cypress", "webdriver",
            "crawler", "spider", "bot/",
        ],
        StringComparison.OrdinalIgnoreCase);

    public static bool Has(string userAgent) => userAgent.AsSpan().ContainsAny(Names);
}
