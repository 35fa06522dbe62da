using System.Diagnostics;
using System.Text;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Server.Api.Errors;
using Microsoft.AspNetCore.Http.Features;

namespace Countersign.Server.Api;

/// <summary>
/// What every API request passes: nothing behind it runs without credentials, and nothing leaves it that is not in the shape of the API. A new route under a
/// guarded path is guarded without anyone having to think of it.
/// </summary>
sealed partial class ApiGate(RequestDelegate next, Authenticate authenticate, DeviceGate devices, PublicAddress address, Drain drain, TimeProvider time, ILogger<ApiGate> logger)
{
    static readonly PathString[] Guarded = ["/v2", "/admin/v1", "/sandbox/messages", "/sandbox/events", "/sandbox/rules"];
    long _loggedAt;
    int _refused;

    /// <summary>Characters of an Authorization header: an account's has a hundred, a device's holds a token.</summary>
    const int MaxHeader = 3072;

    static readonly TimeSpan ComeBackIn = TimeSpan.FromSeconds(1);

    public async Task InvokeAsync(HttpContext context)
    {
        if (drain.HasBegun)
        {
            // Answered, and then closed: the next request of this caller goes to whoever the load balancer chooses.
            context.Response.Headers.Connection = "close";
        }

        try
        {
            if (IsGuarded(context.Request))
            {
                // Nothing that is kept by a cache on the way may be somebody's.
                context.Response.Headers.CacheControl = "no-store";
                if (OtherSites.Ask(context.Request, address))
                {
                    await (ApiErrors.Authenticate("cross_site") with { Challenges = false }).WriteAsync(context.Response);
                    return;
                }

                if (!await LetInAsync(context))
                {
                    await Unauthorized(context, context.Request.Headers.Authorization.Count == 0 ? "missing_credentials" : "bad_credentials").WriteAsync(context.Response);
                    return;
                }

                var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
                if (DotSegments.AreLeftOut(target))
                {
                    await ApiErrors.Malformed("A path must not end in a slash: the name behind it is empty, or was . or .., and what is before it is another resource.", "empty_segment").WriteAsync(context.Response);
                    return;
                }

                if (DotSegments.Has(target))
                {
                    await ApiErrors.Malformed("A path must not have the segments . and .., encoded or not: what was meant to be a name would lead elsewhere.", "dot_segment").WriteAsync(context.Response);
                    return;
                }
            }

            if (Refusal(context) is { } notAllowed)
            {
                await notAllowed.WriteAsync(context.Response);
                return;
            }

            await next(context);
            await ShapeAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested || context.Response.HasStarted)
        {
            // The caller hung up; nobody is there to answer.
        }
        catch (IOException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Likewise, in the middle of its request.
        }
        catch (BadHttpRequestException broken)
        {
            await AnswerAsync(context, broken.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? ApiErrors.BodyTooLarge(Forms.FormReader.MaxBytes)
                : ApiErrors.Malformed("The request was cut off or wrongly framed."));
        }
        catch (StoreOverloadedException)
        {
            await AnswerAsync(context, ApiErrors.Unavailable(ComeBackIn, "overloaded"));
        }
        catch (StoreUnavailableException problem)
        {
            LogRefused(problem.Message);
            await AnswerAsync(context, ApiErrors.Unavailable(ComeBackIn, "store_unavailable"));
        }
        catch (UnknownKeyException problem)
        {
            LogRefused(problem.Message);
            await AnswerAsync(context, ApiErrors.Unavailable(ComeBackIn, "unknown_key"));
        }
        catch (Exception problem)
        {
            // Note: an exception's message may quote what the caller sent; type and stack are what a developer needs.
            var trace = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
            LogFailed(trace, problem.GetType().Name, problem.StackTrace);
            await AnswerAsync(context, ApiErrors.Internal(trace));
        }
    }

    /// <summary>
    /// What the caller may not do, before anything is looked at: so it tells nothing of what there is. A path that no route has is answered as to everybody.
    /// </summary>
    static ApiError? Refusal(HttpContext context)
    {
        if (context.Features.Get<Caller>() is not { } caller)
        {
            return null;
        }

        if (caller.Access.IsInactive)
        {
            return Unauthorized(context, "account_not_active");
        }

        if (caller.Access.Kind == Core.Accounts.ApiKeyKind.Main || context.GetEndpoint() is not RouteEndpoint route)
        {
            return null;
        }

        var right = RoutePermissions.Of(route, context.Request.Method);
        return caller.Access.Permits(right) ? null : ApiErrors.NotPermitted(right);
    }

    /// <summary>401. The virtual phones' page asks for credentials itself.</summary>
    static ApiError Unauthorized(HttpContext context, string reason) =>
        ApiErrors.Authenticate(reason) with { Challenges = !context.Request.Path.StartsWithSegments("/sandbox", StringComparison.OrdinalIgnoreCase) };

    /// <summary>
    /// What is guarded is so for every method and every path below. The one exception is the error dictionary, which holds nothing of this installation: reading
    /// the list, with a slash too many or without, or one entry, exactly.
    /// </summary>
    static bool IsGuarded(HttpRequest request)
    {
        var path = request.Path;
        if (path.StartsWithSegments(ApiError.DictionaryPath, StringComparison.OrdinalIgnoreCase, out var entry)
            && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && entry.Value is { } rest && rest.LastIndexOf('/') is var slash && slash <= 0)
        {
            return false;
        }

        foreach (var guarded in Guarded)
        {
            if (path.StartsWithSegments(guarded, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    ValueTask<bool> LetInAsync(HttpContext context)
    {
        string? header = context.Request.Headers.Authorization;
        if (LetInBefore.Of(context) is { } before && before.Holds(header, authenticate.Version))
        {
            context.Features.Set(before.Caller);
            return new ValueTask<bool>(true);
        }

        return AuthenticateAsync(context, header);
    }

    async ValueTask<bool> AuthenticateAsync(HttpContext context, string? header)
    {
        // Asked before the credentials are: what is changed meanwhile must not be remembered.
        var version = authenticate.Version;
        if (!TryReadBasic(header, out var user, out var secret))
        {
            return false;
        }

        if (user == DeviceGate.User)
        {
            // Not remembered: such a token is good for minutes, and for one path.
            var device = await devices.LetInAsync(context, secret);
            context.Features.Set(device);
            return device is not null;
        }

        if (await authenticate.RunAsync(user, secret, context.RequestAborted) is not { } access)
        {
            return false;
        }

        var caller = new Caller(access);
        context.Features.Set(caller);
        LetInBefore.Remember(context, header!, version, caller);
        return true;
    }

    static bool TryReadBasic(string? header, out string user, out string secret)
    {
        (user, secret) = ("", "");
        const string scheme = "Basic ";
        if (header is null || header.Length > MaxHeader || !header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[MaxHeader];
        if (!Convert.TryFromBase64Chars(header.AsSpan(scheme.Length).Trim(), bytes, out var written))
        {
            return false;
        }

        bytes = bytes[..written];
        var colon = bytes.IndexOf((byte)':');
        if (colon < 0)
        {
            return false;
        }

        user = Encoding.UTF8.GetString(bytes[..colon]);
        secret = Encoding.UTF8.GetString(bytes[(colon + 1)..]);
        return true;
    }

    /// <summary>At most once a second: each request of a busy minute would otherwise write a line, on a disk that may be the full one.</summary>
    void LogRefused(string reason)
    {
        var refused = Interlocked.Increment(ref _refused);
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var before = Interlocked.Exchange(ref _loggedAt, now);
        if (before != now)
        {
            Interlocked.Add(ref _refused, -refused);
            LogStoreUnavailable(reason, refused);
        }
    }

    static Task ShapeAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted || response.ContentLength is not null || response.ContentType is not null)
        {
            return Task.CompletedTask;
        }

        return response.StatusCode switch
        {
            StatusCodes.Status404NotFound when NotFoundPage.IsFor(context.Request) => NotFoundPage.WriteAsync(context),
            StatusCodes.Status404NotFound => ApiErrors.NoSuchPath(context.Request.Path.Value ?? "/").WriteAsync(response),
            StatusCodes.Status405MethodNotAllowed => ApiErrors
                .MethodNotAllowed(response.Headers.Allow.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                .WriteAsync(response),
            _ => Task.CompletedTask,
        };
    }

    static async Task AnswerAsync(HttpContext context, ApiError error)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        await error.WriteAsync(context.Response);
    }

    [LoggerMessage(9001, LogLevel.Error, "The store cannot do what it is asked to: {Reason} ({Requests} requests refused with 503)")]
    partial void LogStoreUnavailable(string reason, int requests);

    [LoggerMessage(9002, LogLevel.Error, "A request failed (trace {Trace}): {Problem}\n{Stack}")]
    partial void LogFailed(string trace, string problem, string? stack);
}
