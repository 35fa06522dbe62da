using System.Globalization;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Admin.Errors;

/// <summary>
/// The error dictionary, for programs as JSON and for people as a page. <c>more_info</c> of every error leads here, so it is open to anyone (see <see cref="ApiGate"/>),
/// and holds nothing of this installation.
/// </summary>
sealed class ErrorEndpoints(ErrorDictionary dictionary, PublicAddress address)
{
    static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    static readonly (string Name, SendFailure Class)[] Classes = [.. Enum.GetValues<SendFailure>().Select(value => (ErrorArticle.Word(value), value))];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods(ApiError.DictionaryPath, Methods, AnswerMapping.Answering(ListAsync));
        routes.MapMethods(ApiError.DictionaryPath + "/{code}", Methods, AnswerMapping.Answering(FetchAsync));
    }

    ValueTask<IResult> ListAsync(HttpContext context)
    {
        if (context.Request.Path.Value!.EndsWith('/'))
        {
            // The page's links are relative, and one slash more would lead them astray.
            return new ValueTask<IResult>(new Elsewhere("../errors" + context.Request.QueryString));
        }

        if (!Form.FromQuery(context.Request).TryGet(out var query, out var error))
        {
            return new ValueTask<IResult>(error);
        }

        var binder = new FormBinder(query);
        var kind = binder.Choice("carrier", [.. dictionary.Kinds.Select((name, at) => (name, at))]) is { } chosen ? dictionary.Kinds.ElementAt(chosen) : null;
        var wanted = binder.Choice("class", Classes);
        if (binder.Error is not null)
        {
            return new ValueTask<IResult>(binder.Error);
        }

        var articles = ErrorDictionary.All
            .Where(entry => wanted is null || entry.Class == wanted)
            .Select(entry => ErrorArticle.Of(entry, dictionary));
        articles = kind is not null
            ? articles.Select(article => article with { CarrierCodes = [.. article.CarrierCodes.Where(carrier => carrier.Kind == kind)] }).Where(article => article.CarrierCodes.Count > 0)
            : wanted is null ? articles.Concat(ApiErrorEntries.All.Select(ErrorArticle.Of)) : articles;
        var found = articles.ToList();
        if (PrefersPage(context))
        {
            return new ValueTask<IResult>(new ErrorPage(StatusCodes.Status200OK, ErrorPage.List(found)));
        }

        var server = address.Of(context.Request);
        return new ValueTask<IResult>(new ListAnswer<ErrorArticle>("errors", found, (json, article) => ErrorAnswer.Write(json, article, server)));
    }

    ValueTask<IResult> FetchAsync(HttpContext context)
    {
        var code = (string)context.Request.RouteValues["code"]!;
        if (Find(code) is { } article)
        {
            return new ValueTask<IResult>(PrefersPage(context)
                ? new ErrorPage(StatusCodes.Status200OK, ErrorPage.Entry(article, code.Contains(':', StringComparison.Ordinal) ? code : null))
                : new ErrorAnswer(article, address.Of(context.Request)));
        }

        return new ValueTask<IResult>(PrefersPage(context)
            ? new ErrorPage(StatusCodes.Status404NotFound, ErrorPage.Unknown(code))
            : ApiErrors.NotFound(context.Request.Path, explanation: $"The dictionary has no such error. Look it up by name (unreachable), number (30003) or carrier and code (twilio:30003); {ApiError.DictionaryPath} lists all."));
    }

    /// <summary>A number is first what this API itself answers with it: that is where <c>more_info</c> comes from.</summary>
    ErrorArticle? Find(string code)
    {
        var own = int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? ApiErrorEntries.Find(number) : ApiErrorEntries.Find(code);
        return own is not null ? ErrorArticle.Of(own)
            : dictionary.Find(code) is { } entry ? ErrorArticle.Of(entry, dictionary)
            : null;
    }

    static bool PrefersPage(HttpContext context)
    {
        context.Response.Headers.Vary = "Accept";
        context.Response.Headers.CacheControl = "no-cache";
        return AskedByBrowser.Is(context.Request);
    }

    sealed class Elsewhere(string location) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            httpContext.Response.Headers.Location = location;
            httpContext.Response.ContentLength = 0;
            return Task.CompletedTask;
        }
    }
}
