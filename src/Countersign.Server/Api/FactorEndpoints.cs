using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Registry;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api;

/// <summary>What a person proves to hold: authenticator apps and apps that take push messages.</summary>
sealed class FactorEndpoints(
    IEntityStore entities, EntityLookup lookup, CreateFactor create, UpdateFactor update, DeleteFactor delete, PublicAddress address, RandomSource random)
{
    static readonly (string Name, FactorType Value)[] Types = [("totp", FactorType.Totp), ("push", FactorType.Push)];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/Services/{service}/Entities/{identity}/Factors", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/v2/Services/{service}/Entities/{identity}/Factors", AnswerMapping.Answering(ListAsync));
        routes.MapGet("/v2/Services/{service}/Entities/{identity}/Factors/{factor}", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/v2/Services/{service}/Entities/{identity}/Factors/{factor}", AnswerMapping.Answering(UpdateAsync));
        routes.MapDelete("/v2/Services/{service}/Entities/{identity}/Factors/{factor}", AnswerMapping.Answering(DeleteAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var (path, binder, error) = await lookup.FindAndReadAsync(context);
        if (path is null || binder is null)
        {
            return error!;
        }

        if (DeviceCaller.Of(context) is { Token: null })
        {
            return FactorErrors.UnauthorizedFactor();
        }

        var token = DeviceCaller.Of(context)?.Token;
        var type = Array.Find(Types, one => one.Name == binder.Text("FactorType", 1, 64)).Value;
        if (token is not null && (token.ServiceSid != path.Service.Sid || token.Identity != path.Identity || token.FactorType != type))
        {
            return FactorErrors.UnauthorizedFactor();
        }

        if (type == default)
        {
            return binder.Error is { } unclear ? FactorErrors.InvalidRequest(unclear) : FactorErrors.FactorTypeInvalid([.. Types.Select(static one => one.Name)]);
        }

        var name = FactorForms.FriendlyName(binder) ?? token?.FactorFriendlyName;
        if (name is null)
        {
            binder.Fail(ApiErrors.MissingParameter("FriendlyName"));
        }

        var command = new CreateFactorCommand
        {
            AccountSid = path.Service.AccountSid,
            ServiceSid = path.Service.Sid,
            Identity = path.Identity,
            FriendlyName = name ?? "",
            Metadata = FactorForms.Metadata(binder),
            Totp = type == FactorType.Totp ? FactorForms.Totp(binder, path.Service.Totp, random) : null,
            Push = type == FactorType.Push ? FactorForms.Push(binder) : null,
        };
        if (binder.Error is { } invalid)
        {
            return FactorErrors.InvalidRequest(invalid);
        }

        return await create.RunAsync(command, context.RequestAborted) switch
        {
            CreateFactorResult.Created made => new NewFactorAnswer(made.Factor, IssuerOf(path.Service), address.Of(context.Request)),
            CreateFactorResult.Exists => FactorErrors.FactorExists(),
            CreateFactorResult.TooMany many => FactorErrors.MaxFactors(many.Max),
            CreateFactorResult.TooManyToday many => FactorErrors.MaxFactorsToday(FactorLimits.MaxMadeInADay, many.RetryIn),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    async ValueTask<IResult> ListAsync(HttpContext context)
    {
        var (path, error) = await lookup.FindAsync(context);
        if (path is null)
        {
            return error!;
        }

        if (!EntityLookup.TryList(context, out var list, out error))
        {
            return error;
        }

        var state = await entities.ReadAsync(path.Key, new EntityRead(AllFactors: true), context.RequestAborted);
        if (state.Entity is null)
        {
            return EntityLookup.NoEntity(context);
        }

        var page = RegistryPage.Of(state.Factors.Where(factor => FactorJson.IsListed(factor.Type) && DeviceCaller.MaySee(context, factor.Sid)), static factor => factor.CreatedAt, static factor => factor.Sid.ToString(), list.Request);
        return new FactorListAnswer(page, list, path.Url(address.Of(context.Request)), address.Of(context.Request));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context)
    {
        var (path, sid, error) = await FindAsync(context);
        return path is null ? error!
            : (await entities.ReadAsync(path.Key, new EntityRead(sid), context.RequestAborted)).Factor is { } found && FactorJson.IsListed(found.Type)
                ? new FactorAnswer(found, address.Of(context.Request))
            : EntityLookup.NoFactor(context);
    }

    async ValueTask<IResult> UpdateAsync(HttpContext context)
    {
        var (path, sid, error) = await FindAsync(context);
        if (path is null)
        {
            return error!;
        }

        var (binder, unread) = await EntityLookup.ReadAsync(context);
        if (binder is null)
        {
            return unread!;
        }

        var command = FactorForms.Update(binder, path.Key, sid);
        if (binder.Error is { } invalid)
        {
            return FactorErrors.InvalidRequest(invalid);
        }

        return await update.RunAsync(command, context.RequestAborted) switch
        {
            UpdateFactorResult.Updated updated => new FactorAnswer(updated.Factor, address.Of(context.Request)),
            UpdateFactorResult.NotFound => EntityLookup.NoFactor(context),
            UpdateFactorResult.WrongType wrong => FactorErrors.WrongFactorType(FactorTypes.NameOf(wrong.Type)),
            UpdateFactorResult.AlreadyVerified => FactorErrors.FactorAlreadyVerified(),
            UpdateFactorResult.MaxTries => FactorErrors.MaxFactorChecks(),
            UpdateFactorResult.NoPlatform => FactorErrors.NoPushPlatform(),
            UpdateFactorResult.WrongSignature => FactorErrors.FactorNotVerified(),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        var (path, sid, error) = await FindAsync(context);
        return path is null ? error!
            : await delete.RunAsync(path.Key, sid, context.RequestAborted) ? NoContentAnswer.Instance
            : EntityLookup.NoFactor(context);
    }

    /// <summary>The name that an authenticator app shows.</summary>
    static string IssuerOf(VerifyService service) => service.Totp.Issuer is { Length: > 0 } issuer ? issuer : service.FriendlyName;

    async ValueTask<(EntityPath? Path, Sid Factor, ApiError? Error)> FindAsync(HttpContext context)
    {
        var (path, error) = await lookup.FindAsync(context);
        return path is null ? (null, default, error)
            : EntityLookup.SidIn(context, "factor", "YF") is { } sid && DeviceCaller.MaySee(context, sid) ? (path, sid, null)
            : (null, default, EntityLookup.NoFactor(context));
    }
}
