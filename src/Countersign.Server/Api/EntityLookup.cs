using System.Diagnostics.CodeAnalysis;
using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>The service and the identity that a path names, and what may be done there.</summary>
sealed record EntityPath(VerifyService Service, EntityIdentity Identity, EntityKey Key)
{
    /// <summary>The address of the entity, for links.</summary>
    public string Url(string address) => EntityJson.UrlOf(Service.Sid, Identity, address);
}

/// <summary>Finds what paths below an entity name.</summary>
sealed class EntityLookup(IServiceStore services, EntityIndex index)
{
    /// <summary>The caller's own service with the identity; an error for a service that is not there, or not the caller's, and for an identity that cannot be one.</summary>
    public async ValueTask<(EntityPath? Path, ApiError? Error)> FindAsync(HttpContext context) =>
        await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service ? (null, ApiErrors.NotFound(context.Request.Path))
        : !EntityIdentity.TryParse(context.Request.RouteValues["identity"] as string, out var identity) ? (null, InvalidIdentity())
        : (new EntityPath(service, identity, index.Of(service.Sid, identity)), null);

    /// <summary>As above, with the parameters that were sent.</summary>
    public async ValueTask<(EntityPath? Path, FormBinder? Binder, ApiError? Error)> FindAndReadAsync(HttpContext context)
    {
        var (path, error) = await FindAsync(context);
        if (path is null)
        {
            return (null, null, error);
        }

        var (binder, unread) = await ReadAsync(context);
        return (path, binder, unread);
    }

    /// <summary>A SID that a path names.</summary>
    public static Sid? SidIn(HttpContext context, string name, string prefix) => Sid.TryParse(context.Request.RouteValues[name] as string, prefix, out var sid) ? sid : null;

    /// <summary>What an identity may be, for whoever sent another.</summary>
    public static readonly string IdentityRule = $"An identity has {EntityIdentity.MinLength} to {EntityIdentity.MaxLength} letters, digits and dashes, and should say nothing of the person.";

    public static ApiError InvalidIdentity() => FactorErrors.InvalidRequest(ApiErrors.InvalidParameter("Identity", null, "invalid_identity", IdentityRule));

    public static ApiError NoEntity(HttpContext context) =>
        ApiErrors.NotFound(context.Request.Path, explanation: "The service has no entity of this identity. Upper and lower case are told apart. POST …/Entities makes one, and so does its first factor.");

    public static ApiError NoFactor(HttpContext context) =>
        ApiErrors.NotFound(context.Request.Path, explanation: "The entity has no factor (YF…) of this SID. GET …/Factors lists those that it has.");

    public static ApiError NoChallenge(HttpContext context) =>
        ApiErrors.NotFound(context.Request.Path, explanation: "The entity has no challenge (YC…) of this SID, or it is so old that it was removed. GET …/Challenges lists those that it has.");

    /// <summary>Reads a request's form into parameters.</summary>
    public static async ValueTask<(FormBinder? Binder, ApiError? Error)> ReadAsync(HttpContext context)
    {
        var read = await FormReader.ReadAsync(context.Request, context.RequestAborted);
        return read.TryGet(out var form, out var error) ? (new FormBinder(form), null) : (null, error);
    }

    /// <summary>The page that a query asks for.</summary>
    public static bool TryList(HttpContext context, [NotNullWhen(true)] out ListQuery? list, [NotNullWhen(false)] out ApiError? error)
    {
        var bound = ListQuery.TryBind(context.Request, out list, out error);
        error = error is null ? null : FactorErrors.InvalidRequest(error);
        return bound;
    }
}
