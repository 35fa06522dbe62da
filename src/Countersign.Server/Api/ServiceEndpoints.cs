using Countersign.Core;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>Services of an account.</summary>
sealed class ServiceEndpoints(
    IServiceStore services, DeleteService delete, TemplateCatalog templates, TemplateClaims claims, PublicAddress address, TimeProvider time, RandomSource random)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/Services", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/v2/Services", AnswerMapping.Answering(ListAsync));
        routes.MapGet("/v2/Services/{service}", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/v2/Services/{service}", AnswerMapping.Answering(UpdateAsync));
        routes.MapDelete("/v2/Services/{service}", AnswerMapping.Answering(DeleteAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var read = await FormReader.ReadAsync(context.Request, ct);
        if (!read.TryGet(out var form, out var error))
        {
            return error;
        }

        if (!form.Has("FriendlyName"))
        {
            return ApiErrors.MissingParameter("FriendlyName");
        }

        if (!ServiceForms.TryBind(form, out var change, out error))
        {
            return error;
        }

        if (TemplateForms.CheckDefault(form, Caller.Of(context).AccountSid, templates) is { } refusal)
        {
            return refusal;
        }

        var now = time.GetUtcNow();
        var service = change(new VerifyService
        {
            Sid = Sid.NewRandom("VA", random),
            AccountSid = Caller.Of(context).AccountSid,
            FriendlyName = "",
            CreatedAt = now,
            UpdatedAt = now,
        });

        if (ServiceForms.CheckPasskeys(form, service) is { } wrong)
        {
            return wrong;
        }

        return await ClaimingAsync(form, service, async () => await services.CreateAsync(service, ct)
            ? new ServiceAnswer(StatusCodes.Status201Created, service, address.Of(context.Request))
            : ApiErrors.TooManyRequests(null, "too_many_services"), ct);
    }

    async ValueTask<IResult> ListAsync(HttpContext context)
    {
        if (!ListQuery.TryBind(context.Request, out var list, out var error))
        {
            return error;
        }

        var page = await services.ListAsync(Caller.Of(context).AccountSid, list.Request, context.RequestAborted);
        return new ServiceListAnswer(page, list, address.Of(context.Request));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        await ServiceLookup.FindAsync(services, context, context.RequestAborted) is { } service
            ? new ServiceAnswer(StatusCodes.Status200OK, service, address.Of(context.Request))
            : ApiErrors.NotFound(context.Request.Path);

    async ValueTask<IResult> UpdateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var read = await FormReader.ReadAsync(context.Request, ct);
        if (!read.TryGet(out var form, out var error) || !ServiceForms.TryBind(form, out var change, out error))
        {
            return error;
        }

        if (TemplateForms.CheckDefault(form, service.AccountSid, templates) is { } refusal)
        {
            return refusal;
        }

        if (ServiceForms.CheckPasskeys(form, change(service)) is { } wrong)
        {
            return wrong;
        }

        return await ClaimingAsync(form, service, () => ChangeAsync(context, form, service, change), ct);
    }

    async Task<IResult> ChangeAsync(HttpContext context, Form form, VerifyService service, Func<VerifyService, VerifyService> change)
    {
        var now = time.GetUtcNow();
        ApiError? sinceThen = null;
        var updated = await services.UpdateAsync(
            service.Sid,
            before =>
            {
                // Asked again of what is stored: of two changes at once, one may name the relying party and one the origins.
                var after = change(before);
                sinceThen = ServiceForms.CheckPasskeys(form, after);
                return sinceThen is null ? after with { UpdatedAt = now } : before;
            },
            context.RequestAborted);
        return updated is null ? ApiErrors.NotFound(context.Request.Path)
            : sinceThen is not null ? sinceThen
            : new ServiceAnswer(StatusCodes.Status200OK, updated, address.Of(context.Request));
    }

    /// <summary>Writes a service. The template that it is to have for its own is not deleted meanwhile; one that is being deleted is as good as gone.</summary>
    async Task<IResult> ClaimingAsync(Form form, VerifyService service, Func<Task<IResult>> write, CancellationToken ct)
    {
        if (!Sid.TryParse(form["DefaultTemplateSid"], "HJ", out var template))
        {
            return await write();
        }

        if (await claims.ClaimAsync(service.AccountSid, template, service.Sid, ct) is not { } claim)
        {
            return TemplateErrors.TemplateNotFound(template.ToString());
        }

        try
        {
            return await write();
        }
        finally
        {
            await claims.ReleaseAsync(service.AccountSid, template, claim);
        }
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service || !await delete.RunAsync(service, ct))
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        return NoContentAnswer.Instance;
    }
}
