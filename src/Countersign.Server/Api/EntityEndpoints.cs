using Countersign.Core.Factors;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api;

/// <summary>The people of a service, by the caller's own names for them.</summary>
sealed class EntityEndpoints(
    IServiceStore services, IEntityStore entities, EntityLookup lookup, CreateEntity create, DeleteEntity delete, PublicAddress address)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/Services/{service}/Entities", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/v2/Services/{service}/Entities", AnswerMapping.Answering(ListAsync));
        routes.MapGet("/v2/Services/{service}/Entities/{identity}", AnswerMapping.Answering(FetchAsync));
        routes.MapDelete("/v2/Services/{service}/Entities/{identity}", AnswerMapping.Answering(DeleteAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var (binder, error) = await EntityLookup.ReadAsync(context);
        if (binder is null)
        {
            return error!;
        }

        var text = binder.RequiredText("Identity", 1, 1024);
        if (binder.Error is { } missing)
        {
            return FactorErrors.InvalidRequest(missing);
        }

        return !EntityIdentity.TryParse(text, out var identity) ? EntityLookup.InvalidIdentity()
            : await create.RunAsync(service.AccountSid, service.Sid, identity, ct) is { } made ? new EntityAnswer(StatusCodes.Status201Created, made, address.Of(context.Request))
            : FactorErrors.EntityExists();
    }

    async ValueTask<IResult> ListAsync(HttpContext context)
    {
        if (await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        return EntityLookup.TryList(context, out var list, out var error)
            ? new EntityListAnswer(await entities.ListAsync(service.Sid, list.Request, context.RequestAborted), list, service.Sid, address.Of(context.Request))
            : error;
    }

    async ValueTask<IResult> FetchAsync(HttpContext context)
    {
        var (path, error) = await lookup.FindAsync(context);
        return path is null ? error!
            : (await entities.ReadAsync(path.Key, default, context.RequestAborted)).Entity is { } found ? new EntityAnswer(StatusCodes.Status200OK, found, address.Of(context.Request))
            : EntityLookup.NoEntity(context);
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        var (path, error) = await lookup.FindAsync(context);
        return path is null ? error!
            : await delete.RunAsync(path.Key, context.RequestAborted) ? NoContentAnswer.Instance
            : EntityLookup.NoEntity(context);
    }
}
