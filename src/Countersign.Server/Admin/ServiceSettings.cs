using Countersign.Core.Services;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>Settings of a service that are read, and changed member by member, at one path below it.</summary>
/// <param name="services">Where services are.</param>
/// <param name="time">When it was changed.</param>
/// <param name="names">The members that there are.</param>
/// <param name="read">Reads a body, and gives the change that it asks for.</param>
/// <param name="answer">Shows a service's settings.</param>
sealed class ServiceSettings(
    IServiceStore services, TimeProvider time, IReadOnlyCollection<string> names, Func<AdminBody, Func<VerifyService, VerifyService>> read, Func<VerifyService, IResult> answer)
{
    public void Map(IEndpointRouteBuilder routes, string path)
    {
        routes.MapGet(path, AnswerMapping.Answering(FetchAsync));
        routes.MapPost(path, AnswerMapping.Answering(UpdateAsync));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        await ServiceLookup.FindAsync(services, context, context.RequestAborted) is { } service ? answer(service) : ApiErrors.NotFound(context.Request.Path);

    async ValueTask<IResult> UpdateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var (body, error) = await AdminBody.ReadAsync(context.Request, names, ct);
        if (body is null)
        {
            return error!;
        }

        var change = read(body);
        if (body.Error is not null)
        {
            return body.Error;
        }

        var now = time.GetUtcNow();
        var updated = await services.UpdateAsync(service.Sid, before => change(before) with { UpdatedAt = now }, ct);
        return updated is null ? ApiErrors.NotFound(context.Request.Path) : answer(updated);
    }
}
